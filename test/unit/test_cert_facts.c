/*
 * test_cert_facts.c - what a certificate says, against OpenSSL's own answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dice.h"
#include "facts_oracle.h"
#include "issuer.h"

/* The DER of what is asked for; OPENSSL_free(). */
static unsigned char *
make(const struct request *r, size_t *len)
{
	struct test_cert p = issuer_make(r);
	unsigned char *der = NULL;

	*len = (size_t)i2d_X509(p.cert, &der);
	issuer_free(&p);
	return der;
}

static struct cert_facts
read_made(const struct request *r, unsigned char **der)
{
	struct cert_facts f;
	size_t len;

	*der = make(r, &len);
	assert_int_equal(cert_facts_read(&f, *der, len), 0);
	assert_true(facts_agree(*der, len));
	return f;
}

static void
test_a_key_is_described_by_kind_scheme_and_size(void **state)
{
	static const struct {
		const char *make;
		enum cert_kind kind;
		uint16_t scheme;
		const char *word;
	} rows[] = {
		{ NULL, CERT_ECDSA, 0x0403, "EC256" },
		{ "P-384", CERT_ECDSA, 0x0503, "EC384" },
		{ "P-521", CERT_ECDSA, 0x0603, "EC521" },
		/* TLS 1.3 has no scheme for these. */
		{ "secp256k1", CERT_OTHER, 0, "EC256" },
		{ "brainpoolP384r1", CERT_OTHER, 0, "EC384" },
		{ "ED25519", CERT_ED25519, 0x0807, "ED256" },
		{ "ED448", CERT_OTHER, 0, "456" },
		{ "RSA", CERT_RSA, 0, "RSA2048" },
		{ "RSA1024", CERT_RSA, 0, "RSA1024" },
		{ "RSA-PSS", CERT_OTHER, 0, "2048" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char *der;
		struct cert_facts f = read_made(&(struct request){
		    .cn = "x", .kind = rows[i].make }, &der);

		assert_int_equal(f.kind, rows[i].kind);
		assert_int_equal(f.scheme, rows[i].scheme);
		assert_string_equal(f.key_alg, rows[i].word);
		cert_facts_clear(&f);
		OPENSSL_free(der);
	}
}

static void
test_addresses_stand_beside_the_names(void **state)
{
	unsigned char *der;
	struct cert_facts f = read_made(&(struct request){ .cn = "cn",
	    .sans = "DNS:a,IP:10.0.0.1,DNS:b,IP:2001:db8::1" }, &der);

	(void)state;
	assert_int_equal(f.dns.n, 2);
	assert_int_equal(f.dns.size, 4);
	assert_memory_equal(f.dns.text, "a\0b", 4);
	assert_int_equal(f.ip.n, 2);
	assert_memory_equal(f.ip.text, "10.0.0.1\0" "2001:db8::1", 21);
	cert_facts_clear(&f);
	OPENSSL_free(der);
}

static void
test_who_issued_it_and_whether_it_may_issue_are_told(void **state)
{
	struct test_cert ca = issuer_make(&(struct request){ .cn = "ca",
	    .ca = true });
	unsigned char *one, *two;
	struct cert_facts root = read_made(&(struct request){ .cn = "ca",
	    .ca = true }, &one);
	struct cert_facts leaf = read_made(&(struct request){ .cn = "leaf",
	    .by = &ca }, &two);

	(void)state;
	assert_true(root.ca);
	assert_false(leaf.ca);
	assert_int_equal(leaf.issuer.len, root.subject.len);
	assert_memory_equal(leaf.issuer.bytes, root.subject.bytes,
	    root.subject.len);
	assert_memory_equal(root.issuer.bytes, root.subject.bytes,
	    root.subject.len);
	cert_facts_clear(&root);
	cert_facts_clear(&leaf);
	OPENSSL_free(one);
	OPENSSL_free(two);
	issuer_free(&ca);
}

static void
test_what_it_is_for_is_what_is_not_forbidden(void **state)
{
	static const struct {
		const char *usage, *purposes, *access, *sans;
		bool ids, serve, sign, online;
	} rows[] = {
		{ NULL, NULL, NULL, NULL, false, true, true, false },
		{ "digitalSignature", "serverAuth", NULL, "DNS:a", true,
		    true, true, false },
		{ "keyEncipherment", "clientAuth", NULL, NULL, false, false,
		    false, false },
		{ "keyEncipherment,digitalSignature", "clientAuth,serverAuth",
		    "OCSP;URI:http://a/", NULL, true, true, true, false },
		{ NULL, "anyExtendedKeyUsage",
		    "OCSP;URI:http://a/,caIssuers;URI:http://b/", "email:x@y",
		    false, false, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char *der;
		struct cert_facts f = read_made(&(struct request){ .cn = "x",
		    .usage = rows[i].usage, .purposes = rows[i].purposes,
		    .access = rows[i].access, .sans = rows[i].sans,
		    .ids = rows[i].ids }, &der);

		assert_int_equal(f.uses.serve, rows[i].serve);
		assert_int_equal(f.uses.sign, rows[i].sign);
		assert_int_equal(f.uses.issuer_online, rows[i].online);
		assert_int_equal(f.uses.has_sans, rows[i].sans != NULL);
		assert_int_equal(f.uses.key_id_len, rows[i].ids ? 20 : 0);
		cert_facts_clear(&f);
		OPENSSL_free(der);
	}
}

static void
test_the_digest_of_its_signature_is_told(void **state)
{
	static const struct { const char *kind; int digest; } rows[] = {
		{ "RSA", NID_sha256 }, { "RSA", NID_sha1 },
		{ NULL, NID_sha384 }, { NULL, NID_sha1 },
		{ "RSA", NID_md5 }, { "ED25519", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char *der;
		struct cert_facts f = read_made(&(struct request){ .cn = "x",
		    .kind = rows[i].kind,
		    .digest = EVP_get_digestbynid(rows[i].digest) }, &der);

		assert_int_equal(f.digest, rows[i].digest);
		cert_facts_clear(&f);
		OPENSSL_free(der);
	}
}

/* A certificate of these times; whether it was taken. */
static bool
read_times(const char *before, const char *after, struct cert_facts *f)
{
	struct test_cert p = issuer_name("x", NULL);
	unsigned char *der = NULL;
	ASN1_TIME *t[2] = { X509_getm_notBefore(p.cert),
	    X509_getm_notAfter(p.cert) };
	const char *text[2] = { before, after };
	int len, r;

	for (int i = 0; i < 2; i++) {
		t[i]->type = strlen(text[i]) > 13 ? V_ASN1_GENERALIZEDTIME :
		    V_ASN1_UTCTIME;
		ASN1_STRING_set(t[i], text[i], -1);
	}
	X509_sign(p.cert, p.key, EVP_sha256());
	len = i2d_X509(p.cert, &der);
	r = cert_facts_read(f, der, (size_t)len);
	if (r == 0)
		cert_facts_clear(&(struct cert_facts){ .asn1 = f->asn1,
		    .dns = f->dns, .ip = f->ip });
	facts_agree(der, (size_t)len);
	OPENSSL_free(der);
	issuer_free(&p);
	return r == 0;
}

static void
test_times_are_seconds_whatever_the_year(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{ "700101000000Z", 0 }, { "691231235959Z", -1 },
		{ "380119031408Z", 2147483648 },
		{ "491231235959Z", 2524607999 },
		{ "500101000000Z", -631152000 },
		{ "20500101000000Z", 2524608000 },
		{ "99991231235959Z", 253402300799 },
		{ "00010101000000Z", -62135596800 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert_facts f;

		assert_true(read_times(rows[i].text, "20500101000000Z", &f));
		assert_int_equal(f.not_before, rows[i].seconds);
		assert_int_equal(f.not_after, 2524608000);
		assert_true(read_times("700101000000Z", rows[i].text, &f));
		assert_int_equal(f.not_after, rows[i].seconds);
	}
}

static void
test_times_that_cannot_be_read_are_damage(void **state)
{
	static const char *const rows[] = { "", "x", "700101", "701301000000Z",
	    "700132000000Z", "700101240000Z", "700101000060Z",
	    "20500101000000", "2050010100000xZ", "-0500101000000Z" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert_facts f;

		if (read_times(rows[i], "20500101000000Z", &f) ||
		    read_times("700101000000Z", rows[i], &f))
			fail_msg("\"%s\" was taken", rows[i]);
	}
}

static void
test_a_certificate_that_is_cut_short_is_refused(void **state)
{
	size_t len;
	unsigned char *der = make(&(struct request){ .cn = "x",
	    .sans = "DNS:a" }, &len);

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_false(facts_agree(der, n));
	assert_true(facts_agree(der, len));
	OPENSSL_free(der);
}

/* Bytes behind it (a trusted certificate has some) are not its own. */
static void
test_what_follows_is_not_read(void **state)
{
	size_t len;
	unsigned char *der = make(&(struct request){ .cn = "x" }, &len);
	unsigned char *more = calloc(1, len + 9);
	struct cert_facts f;

	(void)state;
	memcpy(more, der, len);
	assert_int_equal(cert_facts_read(&f, more, len + 9), 0);
	assert_int_equal(f.len, len);
	cert_facts_clear(&f);
	assert_true(facts_agree(more, len + 9));
	free(more);
	OPENSSL_free(der);
}

static void
test_damage_anywhere_is_judged_as_openssl_judges_it(void **state)
{
	static const struct request requests[] = {
		{ .cn = "x.example", .sans = "DNS:a.example,IP:10.0.0.1" },
		{ .cn = "x.example", .ca = true },
		{ .cn = "x", .ids = true, .usage = "digitalSignature",
		    .purposes = "clientAuth,serverAuth",
		    .access = "caIssuers;URI:http://a/" },
		{ .cn = "x", .kind = "ED25519" },
		{ .cn = "x", .kind = "RSA" },
	};
	struct dice dice = dice_new(1);

	(void)state;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		size_t len, taken = 0;
		unsigned char *der = make(&requests[i], &len);

		for (size_t at = 0; at < len; at++) {
			unsigned char was = der[at];

			der[at] ^= (unsigned char)(1 + dice_roll(&dice, 255));
			taken += facts_agree(der, len);
			der[at] = was;
		}
		/* Names and signatures may be anything. */
		assert_in_range(taken, len / 4, len - 50);
		OPENSSL_free(der);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_key_is_described_by_kind_scheme_and_size),
		cmocka_unit_test(test_addresses_stand_beside_the_names),
		cmocka_unit_test(
		    test_who_issued_it_and_whether_it_may_issue_are_told),
		cmocka_unit_test(test_what_it_is_for_is_what_is_not_forbidden),
		cmocka_unit_test(test_the_digest_of_its_signature_is_told),
		cmocka_unit_test(test_times_are_seconds_whatever_the_year),
		cmocka_unit_test(test_times_that_cannot_be_read_are_damage),
		cmocka_unit_test(
		    test_a_certificate_that_is_cut_short_is_refused),
		cmocka_unit_test(test_what_follows_is_not_read),
		cmocka_unit_test(
		    test_damage_anywhere_is_judged_as_openssl_judges_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
