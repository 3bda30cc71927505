/*
 * test_cert.c - a certificate with its key, its chain and its names.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "cert/cert.h"
#include "folder.h"
#include "issuer.h"
#include "keys/keyring_local.h"

static struct folder folder;
static struct test_cert root, middle, leaf, stranger;
static char *block[128];		/* pieces of files by their letter */
static const X509 *who[128];		/* and whose they are */
static struct chains *chains;
static struct keyring *ring;

/* That of one, with what is secret of another. */
static char *
damaged_key(const EVP_PKEY *one, const EVP_PKEY *other)
{
	EC_KEY *ec = EC_KEY_dup(EVP_PKEY_get0_EC_KEY(one));
	EVP_PKEY *key = EVP_PKEY_new();
	char *text;

	EC_KEY_set_private_key(ec, EC_KEY_get0_private_key(
	    EVP_PKEY_get0_EC_KEY(other)));
	EVP_PKEY_assign_EC_KEY(key, ec);
	text = issuer_key_text(key, NULL, true);
	EVP_PKEY_free(key);
	return text;
}

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0 || (chains = chains_new()) == NULL ||
	    (ring = keyring_local_new()) == NULL)
		return -1;
	root = issuer_make(&(struct request){ .cn = "root", .ca = true });
	middle = issuer_make(&(struct request){ .cn = "middle", .ca = true,
	    .by = &root });
	leaf = issuer_make(&(struct request){ .cn = "leaf", .by = &middle,
	    .sans = "DNS:leaf.example" });
	stranger = issuer_name("stranger", NULL);
	who['r'] = root.cert;
	who['m'] = middle.cert;
	who['l'] = leaf.cert;
	who['s'] = stranger.cert;
	for (const char *c = "rmls"; *c != '\0'; c++)
		block[(int)*c] = issuer_cert_text(who[(int)*c]);
	block['k'] = issuer_key_text(leaf.key, NULL, false);
	block['K'] = issuer_key_text(stranger.key, NULL, false);
	block['e'] = issuer_key_text(leaf.key, EVP_aes_128_cbc(), false);
	block['d'] = damaged_key(leaf.key, stranger.key);
	block['x'] = strdup("-----BEGIN CERTIFICATE-----\n!\n");
	return 0;
}

static int
tear_down(void **state)
{
	struct test_cert *all[] = { &root, &middle, &leaf, &stranger };

	(void)state;
	for (size_t i = 0; i < sizeof block / sizeof *block; i++)
		free(block[i]);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		issuer_free(all[i]);
	chains_free(chains);
	keyring_free(ring);
	return folder_remove(&folder);
}

/* A file of these pieces; NULL: none. The path is the caller's to free. */
static char *
compose(const char *name, const char *pieces)
{
	FILE *f;

	if (pieces == NULL)
		return NULL;
	f = fopen(folder_file(&folder, name), "w");
	assert_non_null(f);
	for (; *pieces != '\0'; pieces++)
		fputs(block[(int)*pieces], f);
	assert_int_equal(fclose(f), 0);
	return strdup(folder.file);
}

/* The certificate of one file or two, as cert_store.c comes to it. */
static struct cert *
load(const char *file, const char *key_file, struct err *e)
{
	const struct key_source from = { file, key_file, NULL, false };
	static uint32_t id;
	struct key_reading r;
	struct cert *c;

	if (keyring_read(ring, ++id, &from, &r, e) != 0)
		return NULL;
	if ((c = cert_new(chains, ring, id, &r, &from, e)) == NULL)
		keyring_drop(ring, id);
	key_reading_clear(&r);
	return c;
}

/* What a session shows of it: leaf and key are borrowed from the session. */
static SSL *
show(SSL_CTX *ctx, const struct cert *c)
{
	SSL *ssl = SSL_new(ctx);

	assert_int_equal(cert_show(c, ssl), 0);
	return ssl;
}

static void
test_key_and_chain_stand_in_any_order(void **state)
{
	static const struct {
		const char *pem, *key, *chain;
	} rows[] = {
		{ "lk", NULL, "" }, { "kl", NULL, "" },
		{ "lmk", NULL, "m" }, { "klm", NULL, "m" },
		{ "lkm", NULL, "m" }, { "lmrk", NULL, "mr" },
		{ "mlk", NULL, "m" }, { "kmrl", NULL, "mr" },
		{ "mklr", NULL, "mr" },
		/* Sent in order, and without strangers. */
		{ "lrmk", NULL, "mr" }, { "krsml", NULL, "mr" },
		{ "l", "k", "" }, { "lm", "k", "m" }, { "ml", "k", "m" },
		/* Other things in the key's file are not the chain. */
		{ "lm", "kl", "m" }, { "lm", "sk", "m" },
		/* Another key in the chain's file is not asked for. */
		{ "lKm", "k", "m" },
	};
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *pem = compose("cert.pem", rows[i].pem);
		char *key = compose("key.pem", rows[i].key);
		struct err e = { .text = "" };
		struct cert *c = load(pem, key, &e);
		STACK_OF(X509) *chain = NULL;
		SSL *ssl;

		if (c == NULL)
			fail_msg("row %zu: %s", i, e.text);
		assert_string_equal(c->file, pem);
		if (key == NULL)
			assert_null(c->key_file);
		else
			assert_string_equal(c->key_file, key);
		ssl = show(ctx, c);
		assert_int_equal(X509_cmp(SSL_get_certificate(ssl),
		    leaf.cert), 0);
		assert_int_equal(EVP_PKEY_eq(SSL_get_privatekey(ssl),
		    leaf.key), 1);
		SSL_get0_chain_certs(ssl, &chain);
		assert_int_equal(chain == NULL ? 0 : sk_X509_num(chain),
		    strlen(rows[i].chain));
		for (int k = 0; rows[i].chain[k] != '\0'; k++)
			assert_int_equal(X509_cmp(sk_X509_value(chain, k),
			    who[(int)rows[i].chain[k]]), 0);
		SSL_free(ssl);
		cert_free(c);
		free(pem);
		free(key);
		assert_int_equal(ERR_peek_error(), 0);
	}
	cert_free(NULL);
	SSL_CTX_free(ctx);
}

static void
test_what_does_not_belong_together_is_refused(void **state)
{
	static const struct {
		const char *pem, *key;
		const char *file, *why;
	} rows[] = {
		{ "l", NULL, "cert.pem", "no usable private key" },
		{ "k", NULL, "cert.pem", "no certificate" },
		{ "", NULL, "cert.pem", "no certificate" },
		{ "lK", NULL, "cert.pem", "belongs to another certificate" },
		{ "lmrK", NULL, "cert.pem", "belongs to another" },
		{ "lKk", NULL, "cert.pem", "belongs to another certificate" },
		{ "le", NULL, "cert.pem", "is encrypted" },
		{ "lxk", NULL, "cert.pem", "certificate 2 is damaged" },
		{ "l", "K", "key.pem", "belongs to another certificate" },
		{ "l", "s", "key.pem", "no usable private key" },
		{ "l", "", "key.pem", "no usable private key" },
		{ "l", "e", "key.pem", "is encrypted" },
		{ "m", "k", "key.pem", "belongs to another certificate" },
		{ "x", "k", "cert.pem", "certificate 1 is damaged" },
		{ "ld", NULL, "cert.pem", "the private key is damaged" },
		{ "lm", "d", "key.pem", "the private key is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *pem = compose("cert.pem", rows[i].pem);
		char *key = compose("key.pem", rows[i].key);
		struct err e = { .text = "" };
		const char *file = folder_file(&folder, rows[i].file);

		if (load(pem, key, &e) != NULL)
			fail_msg("row %zu: taken", i);
		assert_ptr_equal(strstr(e.text, file), e.text);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, e.text);
		free(pem);
		free(key);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void
test_a_missing_file_is_named(void **state)
{
	char *pem = compose("cert.pem", "lk");
	struct err e;

	(void)state;
	assert_null(load("/nowhere/x.pem", NULL, &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_ptr_equal(strstr(e.text, "/nowhere/x.pem: "), e.text);
	assert_null(load(pem, "/nowhere/y.key", &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_ptr_equal(strstr(e.text, "/nowhere/y.key: "), e.text);
	free(pem);
}

/* ------------------------------------------------- names --------------- */

/* An extension of these bytes, whatever they are. */
static X509_EXTENSION *
alternative_names(const char *bytes, int len)
{
	ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	ASN1_OCTET_STRING_set(o, (const unsigned char *)bytes, len);
	e = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, o);
	ASN1_OCTET_STRING_free(o);
	assert_non_null(e);
	return e;
}

static struct cert *
load_made(const struct request *r)
{
	struct test_cert p = issuer_make(r);
	struct err e = { .text = "" };
	struct cert *c;

	issuer_write(folder_file(&folder, "made.pem"), &p);
	issuer_free(&p);
	c = load(folder.file, NULL, &e);
	if (c == NULL)
		fail_msg("%s", e.text);
	return c;
}

static void
has_names(const struct cert *c, const char *names)
{
	char all[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < c->n_names; i++)
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s",
		    i > 0 ? " " : "", c->names[i]);
	assert_string_equal(all, names);
}

static void
test_names_are_the_sans_and_else_the_common_name(void **state)
{
	static const struct {
		const char *sans, *cn;
		int cn_len, cn_type;
		const char *names;
	} rows[] = {
		{ "DNS:a.example", "cn.example", 0, 0, "a.example" },
		{ "DNS:a.example,DNS:*.b.example", NULL, 0, 0,
		    "a.example *.b.example" },
		{ "DNS:a.example,IP:10.0.0.1,email:x@y.example,DNS:b.example,"
		    "URI:https://u.example/", NULL, 0, 0,
		    "a.example b.example" },
		/* There is a SAN, so the CN does not count. */
		{ "IP:10.0.0.1", "cn.example", 0, 0, "" },
		{ NULL, "cn.example", 0, 0, "cn.example" },
		{ NULL, "Cn.Example", 0, 0, "Cn.Example" },
		{ NULL, "cn.example", 0, V_ASN1_PRINTABLESTRING,
		    "cn.example" },
		{ NULL, "c\xf6.example", 0, V_ASN1_T61STRING,
		    "c\xc3\xb6.example" },
		{ NULL, "\0c\0n\0.\1\x53", 8, V_ASN1_BMPSTRING,
		    "cn.\xc5\x93" },
		{ NULL, NULL, 0, 0, "" },
		/* Not another, shorter name. */
		{ NULL, "bank.example\0.evil.example", 26, 0, "" },
		{ NULL, "\0", 1, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert *c = load_made(&(struct request){
		    .sans = rows[i].sans, .cn = rows[i].cn,
		    .cn_len = rows[i].cn_len, .cn_type = rows[i].cn_type });

		has_names(c, rows[i].names);
		cert_free(c);
	}
}

static void
test_odd_alternative_names_are_passed_over(void **state)
{
	static const struct {
		const char *bytes;
		int len;
		const char *names;
	} rows[] = {
		/* dNSName "a\0b", then "c" */
		{ "\x30\x08\x82\x03" "a\0b" "\x82\x01" "c", 10, "c" },
		{ "\x30\x03\x82\x01\0", 5, "" },
		{ "\x30\x05\x82\x00\x82\x01" "c", 7, "c" },  /* empty */
		{ "\x30\x00", 2, "" },				/* none */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		X509_EXTENSION *x = alternative_names(rows[i].bytes,
		    rows[i].len);
		struct cert *c = load_made(&(struct request){ .also = x,
		    .cn = "cn.example" });

		has_names(c, rows[i].names);
		cert_free(c);
		X509_EXTENSION_free(x);
	}
}

/* Such a file may be refused, or have no names. */
static void
test_a_damaged_san_does_not_let_the_common_name_in(void **state)
{
	static const struct {
		const char *bytes;
		int len;
	} rows[] = {
		{ "", 0 }, { "\x30\x05", 2 }, { "rubbish", 7 },
		{ "\x30\x03\x82\x05" "a", 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		X509_EXTENSION *x = alternative_names(rows[i].bytes,
		    rows[i].len);
		struct test_cert p = issuer_make(&(struct request){ .also = x,
		    .cn = "cn.example" });
		struct cert *c;
		struct err e;
		size_t n;

		issuer_write(folder_file(&folder, "made.pem"), &p);
		c = load(folder.file, NULL, &e);
		n = c != NULL ? c->n_names : 0;
		cert_free(c);
		issuer_free(&p);
		X509_EXTENSION_free(x);
		assert_int_equal(n, 0);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

/* Receivers compare these words, so they are HAProxy's where it has any. */
static void
test_algorithms_are_said_in_haproxys_words(void **state)
{
	static const struct {
		const char *kind;
		bool by_rsa;
		const char *key, *signature;
	} rows[] = {
		{ NULL, false, "EC256", "ecdsa-with-SHA256" },
		{ NULL, true, "EC256", "RSA-SHA256" },
		{ "RSA", false, "RSA2048", "RSA-SHA256" },
		{ "ED25519", false, "ED256", "ED25519" },
	};
	struct test_cert rsa = issuer_make(&(struct request){ .cn = "rsa",
	    .ca = true, .kind = "RSA" });

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert *c = load_made(&(struct request){ .cn = "x",
		    .kind = rows[i].kind,
		    .by = rows[i].by_rsa ? &rsa : NULL });

		assert_string_equal(c->key_alg, rows[i].key);
		assert_string_equal(c->sig_alg, rows[i].signature);
		cert_free(c);
	}
	issuer_free(&rsa);
}

/* ------------------------------------------------- shown --------------- */

static void
test_it_is_shown_with_its_chain_by_a_session_or_by_all(void **state)
{
	char *pem = compose("cert.pem", "mlk");
	struct err e;
	struct cert *c = load(pem, NULL, &e);
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	STACK_OF(X509) *chain;
	SSL *ssl;

	(void)state;
	ssl = SSL_new(ctx);
	assert_int_equal(cert_show(c, ssl), 0);
	assert_int_equal(X509_cmp(SSL_get_certificate(ssl), leaf.cert), 0);
	assert_int_equal(SSL_get0_chain_certs(ssl, &chain), 1);
	assert_int_equal(sk_X509_num(chain), 1);
	assert_null(SSL_CTX_get0_certificate(ctx));
	SSL_free(ssl);
	assert_int_equal(cert_show_by_default(c, ctx, &e), 0);
	assert_int_equal(X509_cmp(SSL_CTX_get0_certificate(ctx), leaf.cert),
	    0);
	/* The session keeps what it shows. */
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	cert_free(c);
	assert_int_equal(X509_cmp(SSL_get_certificate(ssl), leaf.cert), 0);
	SSL_free(ssl);
	free(pem);
}

static void
test_what_openssl_does_not_show_is_said_with_its_reason(void **state)
{
	char *pem = compose("cert.pem", "lk");
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct err e;
	struct cert *c = load(pem, NULL, &e);
	SSL *ssl;

	(void)state;
	SSL_CTX_set_security_level(ctx, 5);	/* 256 bits: P-256 has 128 */
	assert_int_equal(cert_show_by_default(c, ctx, &e), -1);
	assert_ptr_equal(strstr(e.text, pem), e.text);
	assert_non_null(strstr(e.text, "too small"));
	assert_int_equal(ERR_peek_error(), 0);
	ssl = SSL_new(ctx);
	assert_int_equal(cert_show(c, ssl), -1);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	cert_free(c);
	free(pem);
	ERR_clear_error();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_and_chain_stand_in_any_order),
		cmocka_unit_test(
		    test_what_does_not_belong_together_is_refused),
		cmocka_unit_test(test_a_missing_file_is_named),
		cmocka_unit_test(
		    test_names_are_the_sans_and_else_the_common_name),
		cmocka_unit_test(test_odd_alternative_names_are_passed_over),
		cmocka_unit_test(test_algorithms_are_said_in_haproxys_words),
		cmocka_unit_test(
		    test_a_damaged_san_does_not_let_the_common_name_in),
		cmocka_unit_test(
		    test_it_is_shown_with_its_chain_by_a_session_or_by_all),
		cmocka_unit_test(
		    test_what_openssl_does_not_show_is_said_with_its_reason),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
