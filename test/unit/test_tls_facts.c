/*
 * test_tls_facts.c - what a finished handshake tells the backend.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "shake.h"
#include "tls/tls_side.h"
#include "tls_fixture.h"

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* Frontends that show a certificate of each kind, and ask for one. */
static const char *const kinds[] = { NULL, "RSA", "ED25519" };
static struct tls_fixture fixture[3];

static int
set_up(void **state)
{
	static const char options[] = "client-verify = optional\n"
	    "client-verify-ca = \"@/ca.pem\"\nalpn-protos = \"h2\"\n"
	    "groups = \"P-256\"\n";

	(void)state;
	for (int i = 0; i < 3; i++)
		if (tls_fixture_make_kind(&fixture[i], options, kinds[i]) != 0)
			return -1;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		tls_fixture_clear(&fixture[i]);
	return 0;
}

/* A client's handshake, and what is known of it then. */
struct handshake {
	const char *name, *alpn;
	const struct test_cert *test_cert;
	SSL_SESSION *session;

	struct tls_side side;
	SSL *client;
	struct tls_facts kept;
	struct proxy_facts facts;
};

static SSL *
make_client(const struct handshake *v, int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
	if (v->test_cert != NULL)
		SSL_CTX_use_cert_and_key(ctx, v->test_cert->cert,
		    v->test_cert->key, NULL, 1);
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	if (v->name != NULL)
		SSL_set_tlsext_host_name(ssl, v->name);
	if (v->alpn != NULL)
		SSL_set_alpn_protos(ssl, (const unsigned char *)v->alpn,
		    (unsigned)strlen(v->alpn));
	if (v->session != NULL)
		SSL_set_session(ssl, v->session);
	return ssl;
}

static void
pay(struct handshake *v, const struct tls_fixture *on, int version,
    bool want_der)
{
	v->side.ssl = site_open(on->site, &v->side.choice);
	v->client = make_client(v, version);
	if (!shake(v->side.ssl, v->client))
		fail_msg("no handshake");
	tls_facts_get(&v->kept, &v->side, want_der, &v->facts);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
leave(struct handshake *v)
{
	tls_facts_clear(&v->kept);
	SSL_set_shutdown(v->client, SSL_SENT_SHUTDOWN |
	    SSL_RECEIVED_SHUTDOWN);
	SSL_free(v->client);
	SSL_free(v->side.ssl);
	site_choice_clear(&v->side.choice);
}

static void
says(struct proxy_value v, const char *text)
{
	assert_int_equal(v.len, text != NULL ? strlen(text) : 0);
	if (text != NULL)
		assert_memory_equal(v.bytes, text, v.len);
}

static void
test_the_session_is_described_in_registered_words(void **state)
{
	static const struct {
		const char *version[2], *cipher[2], *key, *sig, *scheme[2];
	} rows[] = {
		{ { "TLSv1.2", "TLSv1.3" }, { "ECDHE-ECDSA-AES256-GCM-SHA384",
		    "TLS_AES_128_GCM_SHA256" }, "EC256", "ecdsa-with-SHA256",
		    { "ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256" } },
		{ { "TLSv1.2", "TLSv1.3" }, { "ECDHE-RSA-AES256-GCM-SHA384",
		    "TLS_AES_128_GCM_SHA256" }, "RSA2048", "RSA-SHA256",
		    { "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha256" } },
		{ { "TLSv1.2", "TLSv1.3" }, { "ECDHE-ECDSA-AES256-GCM-SHA384",
		    "TLS_AES_128_GCM_SHA256" }, "ED256", "ED25519",
		    { "ed25519", "ed25519" } },
	};

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct handshake v = { .name = "A.Example", .alpn = "\2h2" };
		const struct proxy_facts *f = &v.facts;

		pay(&v, &fixture[i / 2], versions[i % 2], true);
		assert_true(f->tls);
		says(f->version, rows[i / 2].version[i % 2]);
		says(f->cipher, rows[i / 2].cipher[i % 2]);
		says(f->key_alg, rows[i / 2].key);
		says(f->sig_alg, rows[i / 2].sig);
		says(f->sig_scheme, rows[i / 2].scheme[i % 2]);
		says(f->group, "secp256r1");
		says(f->alpn, "h2");
		says(f->authority, "A.Example");
		/* Nobody showed a certificate. */
		assert_int_equal(f->client_flags, PROXY_CLIENT_SSL);
		assert_int_not_equal(f->verify, 0);
		says(f->cn, NULL);
		assert_int_equal(f->client_cert.len, 0);
		leave(&v);
	}
}

static void
test_what_was_not_said_is_not_repeated(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct handshake v = { .name = NULL };

		pay(&v, &fixture[0], versions[i], false);
		says(v.facts.alpn, NULL);
		says(v.facts.authority, NULL);
		leave(&v);
	}
}

/* A resumed session was signed by nobody, and its hello is another one. */
static void
test_a_resumed_session_speaks_of_this_hello(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct handshake v = { .name = "a.example", .alpn = "\2h2",
		    .test_cert = &fixture[0].client };
		struct handshake w = { .name = "a.EXAMPLE",
		    .test_cert = &fixture[0].client };

		pay(&v, &fixture[0], versions[i], false);
		assert_int_equal(v.facts.client_flags, PROXY_CLIENT_SSL |
		    PROXY_CLIENT_CERT_CONN | PROXY_CLIENT_CERT_SESS);
		w.session = SSL_get1_session(v.client);
		pay(&w, &fixture[0], versions[i], true);
		assert_true(SSL_session_reused(w.side.ssl));
		says(w.facts.authority, "a.EXAMPLE");
		says(w.facts.alpn, NULL);
		says(w.facts.sig_scheme, NULL);
		says(w.facts.version, SSL_get_version(w.client));
		says(w.facts.cipher, SSL_get_cipher_name(w.client));
		says(w.facts.key_alg, "EC256");
		/* The certificate was shown then, and not in this one. */
		assert_int_equal(w.facts.client_flags, PROXY_CLIENT_SSL |
		    PROXY_CLIENT_CERT_SESS);
		assert_int_equal(w.facts.verify, 0);
		says(w.facts.cn, "client");
		assert_true(w.facts.client_cert.len > 0);
		SSL_SESSION_free(w.session);
		leave(&v);
		leave(&w);
	}
}

static void
test_the_common_name_is_utf_8_or_nothing(void **state)
{
	static const struct {
		const char *cn;
		int len, type;
		const char *said;
	} rows[] = {
		{ "someone", 0, 0, "someone" },
		{ "J\xc3\xb6rg", 0, 0, "J\xc3\xb6rg" },
		{ "J\xf6rg", 0, V_ASN1_T61STRING, "J\xc3\xb6rg" },
		{ "\0J\0\xf6", 4, V_ASN1_BMPSTRING, "J\xc3\xb6" },
		{ "x,y=z \"q\"", 0, 0, "x,y=z \"q\"" },
		{ "admin\0.evil", 11, 0, NULL },
		{ NULL, 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		const struct tls_fixture *on = &fixture[0];
		struct test_cert test_cert = issuer_make(&(struct request){
		    .by = &on->ca, .cn = rows[i / 2].cn,
		    .cn_len = rows[i / 2].len, .cn_type = rows[i / 2].type });
		struct handshake v = { .test_cert = &test_cert };

		pay(&v, on, versions[i % 2], false);
		assert_int_equal(v.facts.verify, 0);
		assert_int_equal(v.facts.client_flags, PROXY_CLIENT_SSL |
		    PROXY_CLIENT_CERT_CONN | PROXY_CLIENT_CERT_SESS);
		says(v.facts.cn, rows[i / 2].said);
		leave(&v);
		issuer_free(&test_cert);
	}
}

static void
test_the_certificate_itself_is_there_if_wanted(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct handshake v = { .test_cert = &fixture[0].client };
		unsigned char *der = NULL;
		int len = i2d_X509(fixture[0].client.cert, &der);

		pay(&v, &fixture[0], versions[i / 2], i % 2);
		assert_int_equal(v.facts.client_cert.len, i % 2 ? len : 0);
		if (i % 2)
			assert_memory_equal(v.facts.client_cert.bytes, der,
			    (size_t)len);
		OPENSSL_free(der);
		leave(&v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_session_is_described_in_registered_words),
		cmocka_unit_test(test_what_was_not_said_is_not_repeated),
		cmocka_unit_test(test_a_resumed_session_speaks_of_this_hello),
		cmocka_unit_test(test_the_common_name_is_utf_8_or_nothing),
		cmocka_unit_test(
		    test_the_certificate_itself_is_there_if_wanted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
