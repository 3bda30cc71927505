/*
 * test_client_allow.c - whose certificate is let in, and whose is not.
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
#include <openssl/x509v3.h>

#include "auth/client_allow.h"
#include "issuer.h"

/* A list of one or two entries. NULL: a sentence. */
static struct client_allow *
list(const char *one, const char *two, struct err *e)
{
	char *word[] = { (char *)one, (char *)two };

	return client_allow_new(&(struct strlist){ word, two != NULL ? 2 : 1 },
	    e);
}

static bool
lets_in(const char *entry, X509 *x)
{
	struct err e;
	struct client_allow *a = list(entry, NULL, &e);
	bool has;

	if (a == NULL)
		fail_msg("%s", e.text);
	has = client_allow_has(a, x);
	assert_int_equal(ERR_peek_error(), 0);
	client_allow_free(a);
	return has;
}

static void
test_an_entry_is_what_a_certificate_says(void **state)
{
	static const struct {
		struct request r;
		const char *entry;
		bool in;
	} rows[] = {
		{ { .cn = "alice" }, "CN=alice", true },
		{ { .cn = "alice" }, "CN=Alice", false },
		{ { .cn = "alice" }, "CN=alic", false },
		{ { .cn = "alice" }, "CN=alice ", false },
		{ { .cn = "alice" }, "CN=alicea", false },
		{ { .cn = "alice" }, "CN=*", false },
		{ { .cn = "alice" }, "SAN=DNS:alice", false },
		{ { .cn = NULL }, "CN=alice", false },
		{ { .cn = "J\xc3\xbcrgen" }, "CN=J\xc3\xbcrgen", true },
		{ { .cn = "J\xfcrgen", .cn_type = V_ASN1_T61STRING },
		    "CN=J\xc3\xbcrgen", true },
		{ { .cn = "\0J\0\xfc", .cn_len = 4,
		    .cn_type = V_ASN1_BMPSTRING }, "CN=J\xc3\xbc", true },
		{ { .cn = "Doe, John" }, "CN=Doe, John", true },
		/* What a reader of C strings would take for alice. */
		{ { .cn = "alice\0.evil", .cn_len = 11 }, "CN=alice", false },
		{ { .cn = "\0\0\0a", .cn_len = 4,
		    .cn_type = V_ASN1_BMPSTRING }, "CN=a", false },
		{ { .cn = "x", .sans = "DNS:a.example" },
		    "SAN=DNS:a.example", true },
		{ { .cn = "x", .sans = "DNS:A.eXample" },
		    "SAN=DNS:a.Example", true },
		{ { .cn = "x", .sans = "DNS:b.example,DNS:a.example" },
		    "SAN=DNS:a.example", true },
		{ { .cn = "x", .sans = "DNS:*.example" },
		    "SAN=DNS:a.example", false },
		{ { .cn = "x", .sans = "DNS:*.example" },
		    "SAN=DNS:*.example", true },
		{ { .cn = "x", .sans = "DNS:a.example" },
		    "SAN=DNS:*.example", false },
		{ { .cn = "x", .sans = "DNS:a.example" },
		    "SAN=DNS:a.example.", false },
		{ { .cn = "x", .sans = "DNS:a.example" },
		    "SAN=URI:a:example", false },
		{ { .cn = "a.example" }, "SAN=DNS:a.example", false },
		{ { .cn = "x", .sans = "DNS:a.example" }, "CN=a.example",
		    false },
		{ { .cn = "x", .sans = "email:a.example" },
		    "SAN=DNS:a.example", false },
		{ { .cn = "x", .sans = "email:Joe@b.example" },
		    "SAN=EMAIL:Joe@B.Example", true },
		{ { .cn = "x", .sans = "email:Joe@b.example" },
		    "SAN=EMAIL:joe@b.example", false },
		{ { .cn = "x", .sans = "email:b.example" },
		    "SAN=EMAIL:joe@b.example", false },
		{ { .cn = "x", .sans = "URI:spiffe://a/B" },
		    "SAN=URI:spiffe://a/B", true },
		{ { .cn = "x", .sans = "URI:spiffe://a/B" },
		    "SAN=URI:spiffe://a/b", false },
		{ { .cn = "x", .sans = "URI:spiffe://a/B" },
		    "SAN=URI:spiffe://a/", false },
		{ { .cn = "x", .sans = "IP:10.0.0.1" },
		    "SAN=DNS:10.0.0.1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct test_cert p = issuer_make(&rows[i].r);

		if (lets_in(rows[i].entry, p.cert) != rows[i].in)
			fail_msg("row %zu: %s", i, rows[i].entry);
		issuer_free(&p);
	}
}

/* OpenSSL's own words cannot write it, so the value is changed afterwards. */
static void
test_a_nul_in_a_san_makes_no_other_name_of_it(void **state)
{
	struct test_cert p = { NULL, NULL };
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	X509_EXTENSION *extension;

	(void)state;
	assert_int_equal(ASN1_STRING_set(text, "a.example\0.evil", 15), 1);
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	sk_GENERAL_NAME_push(names, name);
	extension = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
	p = issuer_make(&(struct request){ .cn = "x", .also = extension });
	assert_false(lets_in("SAN=DNS:a.example", p.cert));
	assert_false(lets_in("SAN=DNS:a.example.-evil", p.cert));
	X509_EXTENSION_free(extension);
	GENERAL_NAMES_free(names);
	issuer_free(&p);
}

/* As "openssl x509 -pubkey | openssl pkey -pubin -outform DER" gives it. */
static void
print_key(const EVP_PKEY *key, char *entry, size_t size)
{
	unsigned char *der = NULL, digest[32], text[48];
	int len = i2d_PUBKEY(key, &der);

	EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL);
	EVP_EncodeBlock(text, digest, sizeof digest);
	snprintf(entry, size, "SPKI=sha256//%s", text);
	OPENSSL_free(der);
}

static void
test_a_key_is_known_by_its_digest(void **state)
{
	static const char *const kinds[] = { NULL, "RSA", "ED25519" };
	struct test_cert other = issuer_name("alice", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct test_cert p = issuer_make(&(struct request){ .cn =
		    "alice", .kind = kinds[i] });
		/* The same key in another certificate is the same key. */
		struct test_cert again = issuer_make(&(struct request){
		    .cn = "bob", .key = p.key });
		char entry[80];

		print_key(p.key, entry, sizeof entry);
		assert_true(lets_in(entry, p.cert));
		assert_true(lets_in(entry, again.cert));
		assert_false(lets_in(entry, other.cert));
		issuer_free(&p);
		issuer_free(&again);
	}
	issuer_free(&other);
}

static void
test_one_entry_of_many_is_enough(void **state)
{
	struct test_cert a = issuer_name("a", NULL), c = issuer_name("c", NULL);
	struct test_cert b = issuer_name("b", "DNS:b.example");
	struct err e;
	struct client_allow *l = list("CN=a", "SAN=DNS:b.example", &e);

	(void)state;
	assert_non_null(l);
	assert_true(client_allow_has(l, a.cert));
	assert_true(client_allow_has(l, b.cert));
	assert_false(client_allow_has(l, c.cert));
	client_allow_free(l);
	client_allow_free(NULL);
	issuer_free(&a);
	issuer_free(&b);
	issuer_free(&c);
}

#define DIGEST	"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void
test_what_is_no_entry_is_refused_with_a_sentence(void **state)
{
	static const struct { const char *entry, *why; } rows[] = {
		{ "alice", "does not begin with" },
		{ "cn=alice", "does not begin with" },
		{ "SAN=IP:10.0.0.1", "does not begin with" },
		{ "SAN=alice", "does not begin with" },
		{ " CN=alice", "does not begin with" },
		{ "SPKI=sha1//AAAA", "does not begin with" },
		{ "CN=", "has no value" },
		{ "SAN=DNS:", "has no value" },
		{ "CN=J\xfcrgen", "is not UTF-8" },
		{ "CN=\xc3", "is not UTF-8" },
		{ "CN=\xc0\xaf", "is not UTF-8" },
		{ "SAN=DNS:b\xc3\xbc" "cher.example", "xn--" },
		{ "SAN=DNS:a b", "without blanks" },
		{ "SAN=DNS:a,b", "is not a DNS name" },
		{ "SAN=DNS:http://a", "is not a DNS name" },
		{ "SAN=EMAIL:joe", "is not an address" },
		{ "SAN=EMAIL:@example", "is not an address" },
		{ "SAN=EMAIL:joe@", "is not an address" },
		{ "SAN=EMAIL:j oe@a", "without blanks" },
		{ "SAN=URI:example", "is not a URI" },
		{ "SAN=URI:://", "is not a URI" },
		{ "SPKI=sha256//", "has no value" },
		{ "SPKI=sha256//AAAA", "is not a SHA-256 digest" },
		{ "SPKI=sha256//" DIGEST "A", "is not a SHA-256 digest" },
		{ "SPKI=sha256//" DIGEST "AAAA", "is not a SHA-256 digest" },
		/* Bits that mean nothing; "==" of 31 bytes; a blank; no "=". */
		{ "SPKI=sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
		    "is not a SHA-256 digest" },
		{ "SPKI=sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==",
		    "is not a SHA-256 digest" },
		{ "SPKI=sha256// 7DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		    "is not a SHA-256 digest" },
		{ "SPKI=sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA",
		    "is not a SHA-256 digest" },
		{ "SPKI=sha256//47DEQpj8HBSa-_TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		    "is not a SHA-256 digest" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = { .text = "" };

		/* The good one before it does not help. */
		assert_null(list("CN=good", rows[i].entry, &e));
		if (strstr(e.text, "client-allow: \"") != e.text ||
		    strstr(e.text, rows[i].why) == NULL)
			fail_msg("row %zu said: %s", i, e.text);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void
test_a_value_has_a_longest_length(void **state)
{
	char entry[4096] = "SAN=URI:a:";
	struct err e;
	struct client_allow *a;

	(void)state;
	memset(entry + strlen(entry), 'x', 2048 - 2);
	a = list(entry, NULL, &e);
	assert_non_null(a);
	client_allow_free(a);
	entry[strlen(entry)] = 'x';
	assert_null(list(entry, NULL, &e));
	assert_non_null(strstr(e.text, "more than 2048 bytes"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_entry_is_what_a_certificate_says),
		cmocka_unit_test(
		    test_a_nul_in_a_san_makes_no_other_name_of_it),
		cmocka_unit_test(test_a_key_is_known_by_its_digest),
		cmocka_unit_test(test_one_entry_of_many_is_enough),
		cmocka_unit_test(
		    test_what_is_no_entry_is_refused_with_a_sentence),
		cmocka_unit_test(test_a_value_has_a_longest_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
