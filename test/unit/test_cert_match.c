/*
 * test_cert_match.c - what we say a client can use is what OpenSSL lets it use.
 *
 * Hellos are made by dice. Each is shown to a server that has one certificate,
 * which judges it first and then answers, or does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "cert/cert_store.h"
#include "dice.h"
#include "folder.h"
#include "issuer.h"
#include "keys/keyring_local.h"
#include "tls/hello.h"

#define ROUNDS	4000

enum { P256, P384, P521, ED25519, RSA_SELF, RSA_BY_EC, EC_BY_RSA, N_CERTS };

static struct keyring *ring;
static struct cert_store *store;
static struct cert_load hold;
static const struct cert *certs[N_CERTS];

static void
load(struct folder *f, int i, struct request *r)
{
	char name[16];
	struct test_cert p;
	struct err e;

	snprintf(name, sizeof name, "%d.pem", i);
	r->cn = "a";
	p = issuer_make(r);
	issuer_write(folder_file(f, name), &p);
	certs[i] = cert_store_get(&hold, &(struct key_source){ .file =
	    f->file }, &e);
	if (certs[i] == NULL)
		fail_msg("%s", e.text);
	issuer_free(&p);
	EVP_PKEY_free(r->key);
}

static int
set_up(void **state)
{
	struct test_cert ec = issuer_make(&(struct request){ .ca = true });
	struct test_cert rsa = issuer_make(&(struct request){ .ca = true,
	    .kind = "RSA" });
	struct folder f;

	(void)state;
	if (folder_make(&f) != 0 ||
	    (ring = keyring_local_new()) == NULL ||
	    (store = cert_store_new(ring)) == NULL)
		return -1;
	cert_store_begin(store, &hold);
	load(&f, P256, &(struct request){ 0 });
	load(&f, P384, &(struct request){ .key = EVP_EC_gen("P-384") });
	load(&f, P521, &(struct request){ .key = EVP_EC_gen("P-521") });
	load(&f, ED25519, &(struct request){ .kind = "ED25519" });
	load(&f, RSA_SELF, &(struct request){ .kind = "RSA" });
	load(&f, RSA_BY_EC, &(struct request){ .kind = "RSA", .by = &ec });
	load(&f, EC_BY_RSA, &(struct request){ .by = &rsa });
	issuer_free(&ec);
	issuer_free(&rsa);
	return folder_remove(&f);
}

static int
tear_down(void **state)
{
	(void)state;
	cert_store_end(&hold);
	cert_store_free(store);
	keyring_free(ring);
	return 0;
}

/* ------------------------------------------------- hellos by dice ------ */

struct bytes {
	unsigned char at[1024];
	size_t n;
};

static void
put16(struct bytes *b, size_t v)
{
	b->at[b->n++] = (unsigned char)(v >> 8);
	b->at[b->n++] = (unsigned char)v;
}

static void
put(struct bytes *b, const void *bytes, size_t n)
{
	memcpy(b->at + b->n, bytes, n);
	b->n += n;
}

/* A type, a length, and a list of what the dice take of the codes. */
static void
put_some(struct bytes *b, struct dice *d, unsigned type, const uint16_t *code,
    size_t n)
{
	struct bytes v = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		if (dice_one_in(d, 3))
			put16(&v, code[i]);
	if (v.n == 0)
		put16(&v, code[0]);
	put16(b, type);
	put16(b, v.n + 2);
	put16(b, v.n);
	put(b, v.at, v.n);
}

static void
put_share(struct bytes *b)
{
	put16(b, TLSEXT_TYPE_key_share);
	put16(b, 38);
	put16(b, 36);
	put16(b, 0x1d);
	put16(b, 32);
	memset(b->at + b->n, 9, 32);		/* any bytes are a point */
	b->n += 32;
}

/* One they have in common, or it fails whatever is shown. */
static void
put_groups(struct bytes *b, struct dice *d)
{
	static const uint16_t groups[] = { 0x17, 0x18, 0x19 };
	struct bytes v = { .n = 0 };

	put16(&v, 0x1d);
	for (size_t i = 0; i < 3; i++)
		if (dice_one_in(d, 2))
			put16(&v, groups[i]);
	put16(b, TLSEXT_TYPE_supported_groups);
	put16(b, v.n + 2);
	put16(b, v.n);
	put(b, v.at, v.n);
}

static void
put_extensions(struct bytes *b, struct dice *d, bool tls13)
{
	static const uint16_t schemes[] = { 0x0804, 0x0403, 0x0503, 0x0603,
	    0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0301, 0x0201,
	    0x0303, 0x0203, 0x0809, 0x9999 };
	static const size_t n = sizeof schemes / sizeof *schemes;

	if (tls13) {
		put16(b, TLSEXT_TYPE_supported_versions);
		put(b, "\0\5\4\3\4\3\3", 7);
		put_share(b);
	}
	if (tls13 || !dice_one_in(d, 8)) {
		put_some(b, d, TLSEXT_TYPE_signature_algorithms, schemes, n);
		if (dice_one_in(d, 4))
			put_some(b, d, TLSEXT_TYPE_signature_algorithms_cert,
			    schemes, n);
	}
	put_groups(b, d);
}

static void
put_hello(struct bytes *b, struct dice *d, bool tls13)
{
	static const uint16_t suites[] = { 0xc02b, 0xc02c, 0xcca9, 0xc02f,
	    0xc030, 0xcca8, 0xc009, 0xc013, 0x009e, 0x002f, 0x5a5a };
	static const unsigned char head[2 + 32 + 1] = { 3, 3 };
	struct bytes body = { .n = 0 }, ext = { .n = 0 };
	size_t at;

	put(&body, head, sizeof head);
	at = body.n;
	put16(&body, 0);
	if (tls13)
		put16(&body, 0x1301);
	for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
		if (dice_one_in(d, 4))
			put16(&body, suites[i]);
	if (body.n == at + 2)
		put16(&body, 0xc02f);
	body.at[at + 1] = (unsigned char)(body.n - at - 2);
	put(&body, "\1", 2);			/* null compression */
	put_extensions(&ext, d, tls13);
	put16(&body, ext.n);
	put(&body, ext.at, ext.n);
	put(b, "\26\3\1", 3);
	put16(b, body.n + 4);
	put(b, "\1", 2);
	put16(b, body.n);
	put(b, body.at, body.n);
}

/* ------------------------------------------------- one server ---------- */

struct verdict {
	const struct cert *cert;
	bool cert_match;
};

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	struct verdict *v = arg;
	struct hello h;

	(void)alert;
	hello_read(&h, ssl);
	v->cert_match = cert_match(v->cert, &h, ssl);
	return cert_show(v->cert, ssl) == 0 ? SSL_CLIENT_HELLO_SUCCESS :
	    SSL_CLIENT_HELLO_ERROR;
}

/* Whether the server had something to say but an alert. */
static bool
answers(SSL_CTX *ctx, const struct bytes *hello)
{
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new_mem_buf(hello->at, (int)hello->n);
	BIO *out = BIO_new(BIO_s_mem());
	unsigned char first = 0;

	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	SSL_set_accept_state(ssl);
	SSL_do_handshake(ssl);
	BIO_read(out, &first, 1);
	SSL_free(ssl);
	ERR_clear_error();
	assert_true(first == SSL3_RT_HANDSHAKE || first == SSL3_RT_ALERT);
	return first == SSL3_RT_HANDSHAKE;
}

static void
test_openssl_agrees_whether_a_client_can_use_it(void **state)
{
	unsigned yes = 0, no = 0;
	struct verdict v;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	(void)state;
	SSL_CTX_set_client_hello_cb(ctx, on_hello, &v);
	for (unsigned seed = 1; seed <= ROUNDS; seed++) {
		struct dice d = dice_new(seed);
		bool tls13 = dice_one_in(&d, 2), answered;
		struct bytes hello = { .n = 0 };
		uint32_t i = dice_roll(&d, N_CERTS);

		v.cert = certs[i];
		SSL_CTX_set_security_level(ctx, (int)dice_roll(&d, 3));
		SSL_CTX_set_max_proto_version(ctx, dice_one_in(&d, 4) ?
		    TLS1_2_VERSION : 0);
		assert_int_equal(SSL_CTX_set_cipher_list(ctx,
		    dice_one_in(&d, 2) ? "ECDHE+AESGCM:ECDHE+CHACHA20" :
		    "ECDHE-RSA-AES128-GCM-SHA256:"
		    "ECDHE-ECDSA-AES256-GCM-SHA384"), 1);
		put_hello(&hello, &d, tls13);
		answered = answers(ctx, &hello);
		if (answered != v.cert_match)
			fail_msg("seed %u: certificate %u: %d, not %d", seed,
			    i, v.cert_match, answered);
		yes += answered;
		no += !answered;
	}
	/* The dice were not all thrown in vain. */
	assert_true(yes > ROUNDS / 10 && no > ROUNDS / 10);
	SSL_CTX_free(ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_openssl_agrees_whether_a_client_can_use_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
