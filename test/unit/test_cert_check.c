/*
 * test_cert_check.c - what is wrong with a certificate, and how it is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "cert/cert.h"
#include "cert/cert_check.h"
#include "issuer.h"

#define DAY	86400
#define NOW	((time_t)1775044800)	/* 2026-04-01 12:00 */

static struct test_cert ca;

static int
set_up(void **state)
{
	(void)state;
	ca = issuer_make(&(struct request){ .cn = "ca", .ca = true });
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	issuer_free(&ca);
	return 0;
}

/* The set of a certificate that is made, in these surroundings. */
static unsigned
check(const struct request *r, const struct chain_fit *fit)
{
	struct test_cert p = issuer_make(r);
	unsigned char *der = NULL;
	size_t len = (size_t)i2d_X509(p.cert, &der);
	struct cert_facts f;
	unsigned set;

	assert_int_equal(cert_facts_read(&f, der, len), 0);
	set = cert_check(&f, fit);
	cert_facts_clear(&f);
	OPENSSL_free(der);
	issuer_free(&p);
	return set;
}

#define NOTHING	CERT_VERDICTS

static void
test_each_fault_of_its_own_is_found(void **state)
{
	static const struct {
		struct request r;
		enum cert_finding want[2];
	} rows[] = {
		{ { .sans = "DNS:a" }, { NOTHING, NOTHING } },
		{ { .sans = "DNS:a", .cn = "a", .usage = "digitalSignature",
		    .purposes = "serverAuth,clientAuth" },
		    { NOTHING, NOTHING } },
		{ { .sans = "IP:10.0.0.1" }, { NOTHING, NOTHING } },
		{ { .cn = "a" }, { CERT_WITHOUT_SAN, NOTHING } },
		{ { .cn = NULL }, { CERT_NAMELESS, NOTHING } },
		{ { .cn = "a", .sans = "email:x@y" },
		    { CERT_NAMELESS, NOTHING } },
		{ { .sans = "DNS:a", .kind = "RSA1024" },
		    { CERT_WEAK_KEY, NOTHING } },
		{ { .sans = "DNS:a", .kind = "RSA2047" },
		    { CERT_WEAK_KEY, NOTHING } },
		{ { .sans = "DNS:a", .kind = "RSA" }, { NOTHING, NOTHING } },
		{ { .sans = "DNS:a", .kind = "RSA-PSS" },
		    { NOTHING, NOTHING } },
		{ { .sans = "DNS:a", .kind = "P-224" },
		    { CERT_WEAK_KEY, NOTHING } },
		{ { .sans = "DNS:a", .kind = "P-521" }, { NOTHING, NOTHING } },
		{ { .sans = "DNS:a", .kind = "ED25519" },
		    { NOTHING, NOTHING } },
		{ { .sans = "DNS:a", .kind = "ED448" }, { NOTHING, NOTHING } },
		{ { .sans = "DNS:a", .purposes = "clientAuth" },
		    { CERT_NOT_TO_SERVE, NOTHING } },
		{ { .sans = "DNS:a", .usage = "keyEncipherment" },
		    { CERT_NOT_TO_SIGN, NOTHING } },
		{ { .usage = "keyAgreement", .kind = "RSA1024",
		    .sans = "DNS:a" }, { CERT_WEAK_KEY, CERT_NOT_TO_SIGN } },
	};
	static const struct chain_fit fit = { .has_issuer = true, .n = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned want = CERT_BIT(rows[i].want[0]) |
		    CERT_BIT(rows[i].want[1]);
		struct request r = rows[i].r;
		unsigned got;

		r.by = &ca;
		got = check(&r, &fit);
		if (got != (want & ~CERT_BIT(NOTHING)))
			fail_msg("row %zu: %x", i, got);
	}
}

static void
test_an_old_digest_counts_where_somebody_verifies_it(void **state)
{
	static const struct chain_fit fit = { .has_issuer = true, .n = 1 };
	const struct { const EVP_MD *digest; unsigned want; } rows[] = {
		{ EVP_md5(), CERT_BIT(CERT_WEAK_SIGNATURE) },
		{ EVP_sha1(), CERT_BIT(CERT_WEAK_SIGNATURE) },
		{ EVP_sha256(), 0 }, { EVP_sha512(), 0 },
	};
	struct test_cert rsa = issuer_make(&(struct request){ .cn = "rsa",
	    .kind = "RSA", .ca = true });

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct request r = { .cn = "x", .sans = "DNS:a", .by = &rsa,
		    .digest = rows[i].digest };

		assert_int_equal(check(&r, &fit), rows[i].want);
		r.by = NULL;
		r.kind = "RSA";
		assert_int_equal(check(&r, &fit), 0);
	}
	issuer_free(&rsa);
}

static void
test_a_chain_is_judged_by_what_the_file_has(void **state)
{
	static const struct {
		struct chain_fit fit;
		bool signed_by_ca, online;
		unsigned want;
		const char *word;
	} rows[] = {
		{ { .has_issuer = true, .n = 1 }, true, true, 0, "complete" },
		/* A root, perhaps. */
		{ { .n = 0 }, true, false, CERT_BIT(CERT_ISSUER_NOT_THERE),
		    "no issuer" },
		{ { .n = 0 }, true, true, CERT_BIT(CERT_CHAIN_INCOMPLETE),
		    "incomplete" },
		{ { .n = 0 }, false, false, CERT_BIT(CERT_SELF_SIGNED),
		    "self-signed" },
		{ { .n = 0 }, false, true, CERT_BIT(CERT_SELF_SIGNED),
		    "self-signed" },
		{ { .left_out = 1 }, true, false,
		    CERT_BIT(CERT_CHAIN_INCOMPLETE) |
		    CERT_BIT(CERT_CHAIN_TRIMMED), "incomplete" },
		/* Of another key. */
		{ { .n = 1 }, true, false, CERT_BIT(CERT_CHAIN_INCOMPLETE),
		    "incomplete" },
		{ { .has_issuer = true, .n = 2, .moved = true }, true, false,
		    CERT_BIT(CERT_CHAIN_MENDED), "mended" },
		{ { .has_issuer = true, .n = 2, .left_out = 3 }, true, false,
		    CERT_BIT(CERT_CHAIN_TRIMMED), "mended" },
		{ { .has_issuer = true, .moved = true, .left_out = 1 }, true,
		    false, CERT_BIT(CERT_CHAIN_TRIMMED) |
		    CERT_BIT(CERT_CHAIN_MENDED), "mended" },
		{ { .left_out = 1 }, false, false, CERT_BIT(CERT_SELF_SIGNED) |
		    CERT_BIT(CERT_CHAIN_TRIMMED), "mended" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert c = { .findings = check(&(struct request){
		    .cn = "x", .sans = "DNS:a",
		    .by = rows[i].signed_by_ca ? &ca : NULL,
		    .access = rows[i].online ? "caIssuers;URI:http://a/" :
		    NULL }, &rows[i].fit) };

		if (c.findings != rows[i].want)
			fail_msg("row %zu: %x", i, c.findings);
		assert_string_equal(cert_check_chain(&c), rows[i].word);
	}
}

static void
test_the_end_comes_nearer_in_steps(void **state)
{
	static const struct {
		time_t left;
		enum cert_finding want;
		const char *say;
		long days;
	} rows[] = {
		{ 30 * DAY, NOTHING, NULL, 30 },
		{ 30 * DAY - 1, CERT_ENDS_IN_30_DAYS, "it expires in 29 days",
		    29 },
		{ 14 * DAY, CERT_ENDS_IN_30_DAYS, "it expires in 14 days",
		    14 },
		{ 14 * DAY - 1, CERT_ENDS_IN_14_DAYS, "it expires in 13 days",
		    13 },
		{ 7 * DAY, CERT_ENDS_IN_14_DAYS, "it expires in 7 days", 7 },
		{ 7 * DAY - 1, CERT_ENDS_IN_7_DAYS, "it expires in 6 days",
		    6 },
		{ DAY, CERT_ENDS_IN_7_DAYS, "it expires in 1 day", 1 },
		{ DAY - 1, CERT_ENDS_IN_1_DAY,
		    "it expires in less than a day", 0 },
		{ 0, CERT_ENDS_IN_1_DAY, "it expires in less than a day", 0 },
		{ -1, CERT_EXPIRED, "it expired less than a day ago", -1 },
		{ -DAY, CERT_EXPIRED, "it expired less than a day ago", -1 },
		{ -DAY - 1, CERT_EXPIRED, "it expired 1 day ago", -2 },
		{ -100 * DAY - 1, CERT_EXPIRED, "it expired 100 days ago",
		    -101 },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct cert c = { .not_before = NOW - 1000 * DAY,
		    .not_after = NOW + rows[i].left };
		unsigned set = cert_check_time(&c, NOW);

		assert_int_equal(cert_check_days(&c, NOW), rows[i].days);
		if (rows[i].want == NOTHING)
			assert_int_equal(set, 0);
		else {
			assert_int_equal(set, CERT_BIT(rows[i].want));
			assert_string_equal(cert_check_say(text, sizeof text,
			    rows[i].want, &c, NOW), rows[i].say);
		}
	}
}

static void
test_the_beginning_may_lie_ahead(void **state)
{
	struct cert c = { .not_before = NOW, .not_after = NOW + 90 * DAY };
	char text[128];

	(void)state;
	assert_int_equal(cert_check_time(&c, NOW), 0);
	assert_int_equal(cert_check_time(&c, NOW - 1),
	    CERT_BIT(CERT_NOT_YET_VALID));
	assert_string_equal(cert_check_say(text, sizeof text,
	    CERT_NOT_YET_VALID, &c, NOW - 1),
	    "it is not valid before 2026-04-01");
	/* Whatever a certificate says. */
	c = (struct cert){ .not_before = INT64_MAX, .not_after = INT64_MAX };
	assert_int_equal(cert_check_time(&c, NOW),
	    CERT_BIT(CERT_NOT_YET_VALID));
	assert_string_equal(cert_check_say(text, sizeof text,
	    CERT_NOT_YET_VALID, &c, NOW), "it is not valid before its time");
}

static void
test_every_verdict_has_its_sentences(void **state)
{
	const struct cert c = { .key_alg = "RSA1024", .sig_alg = "RSA-SHA1",
	    .left_out = 2, .not_after = NOW };
	char text[128], more[128];

	(void)state;
	for (int v = 0; v < CERT_VERDICTS; v++) {
		text[0] = more[0] = '\0';
		cert_check_say(text, sizeof text, (enum cert_finding)v, &c,
		    NOW);
		cert_check_say_more(more, sizeof more, (enum cert_finding)v,
		    17);
		assert_in_range(strlen(text), 10, 99);
		assert_ptr_equal(strstr(more, "17 more certificates "), more);
		assert_in_range(strlen(more), 30, 79);
	}
	assert_non_null(strstr(cert_check_say(text, sizeof text,
	    CERT_WEAK_KEY, &c, NOW), "(RSA1024)"));
	assert_non_null(strstr(cert_check_say(text, sizeof text,
	    CERT_WEAK_SIGNATURE, &c, NOW), "with RSA-SHA1,"));
	assert_string_equal(cert_check_say(text, sizeof text,
	    CERT_CHAIN_TRIMMED, &c, NOW), "unrelated certificates in the "
	    "file are left out: 2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fault_of_its_own_is_found),
		cmocka_unit_test(
		    test_an_old_digest_counts_where_somebody_verifies_it),
		cmocka_unit_test(test_a_chain_is_judged_by_what_the_file_has),
		cmocka_unit_test(test_the_end_comes_nearer_in_steps),
		cmocka_unit_test(test_the_beginning_may_lie_ahead),
		cmocka_unit_test(test_every_verdict_has_its_sentences),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
