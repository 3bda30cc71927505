/*
 * test_cert_table.c - certificates at a glance, on test_cert and on a terminal.
 *
 * Linked with --wrap=cert_store_next: what a load was given is made up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cert/cert_check.h"
#include "cert/cert_report.h"

#define DAY	86400
#define NOW	((time_t)1775044800)
#define UE	"\xc3\xbc"	/* one letter of two bytes */
#define UE10	UE UE UE UE UE UE UE UE UE UE

static const struct cert *certs;
static size_t n_certs;

const struct cert *__wrap_cert_store_next(const struct cert_load *, size_t *,
    bool *);

const struct cert *
__wrap_cert_store_next(const struct cert_load *load, size_t *at, bool *fresh)
{
	(void)load;
	assert_null(fresh);
	return *at < n_certs ? &certs[(*at)++] : NULL;
}

static const char *const www[] = { "www.example.com", "example.com",
    "example.net" };
static const char *const wild[] = { "*.example.org" };
static const char *const odd[] = { "a\x1b[2J\n\"b" };
static const char *const letters[] = { "b" UE "cher.example" };
static const char *const far[] = {
    "a-very-long-label-of-a-name.that-nobody-would-ever-want-to-type."
    "into-a-browser.example.com", "x" };

#define PAIR(file_, names_, key_, left_, verdicts_) \
	{ .file = file_, .names = names_, .key_alg = key_, \
	    .n_names = sizeof names_ / sizeof *names_, \
	    .not_after = NOW + (left_) * DAY, .findings = verdicts_ }

static const struct cert some[] = {
	PAIR("/etc/ssl/www.pem", www, "RSA2048", 89, 0),
	PAIR("/etc/ssl/wild.pem", wild, "EC256", -1,
	    CERT_BIT(CERT_CHAIN_MENDED)),
	{ .file = "/etc/ssl/none.pem", .key_alg = "ED256",
	    .not_after = NOW + 3650L * DAY, .findings =
	    CERT_BIT(CERT_NAMELESS) | CERT_BIT(CERT_SELF_SIGNED) },
	PAIR("/etc/ssl/o\tdd.pem", odd, "EC384", 0,
	    CERT_BIT(CERT_CHAIN_INCOMPLETE)),
	PAIR("/etc/ssl/" UE ".pem", letters, "EC256", 29,
	    CERT_BIT(CERT_ISSUER_NOT_THERE)),
};

static const struct cert wide[] = {
	PAIR("/var/lib/some/where/far/away/from/everything/live/"
	    "www.example.com/fullchain.pem", far, "EC256", 10, 0),
	PAIR("/" UE10 UE10 UE10 UE10 "/x.pem", wild, "EC256", 10, 0),
};

/* The table of so many; to be freed. */
static char *
print(const struct cert *all, size_t n, size_t width)
{
	/* Not static, gcc 12 takes what stays in it for lost. */
	static char *text;
	static size_t len;
	FILE *f = open_memstream(&text, &len);

	certs = all;
	n_certs = n;
	cert_table_print(f, NULL, NOW, width);
	fclose(f);
	return text;
}

static void
test_each_certificate_has_its_line(void **state)
{
	char *text = print(some, 5, 0);

	(void)state;
	assert_string_equal(text,
	    "FILE                  NAMES                    KEY      "
	    "DAYS  CHAIN\n"
	    "/etc/ssl/www.pem      www.example.com +2 more  RSA2048  "
	    "  89  complete\n"
	    "/etc/ssl/wild.pem     *.example.org            EC256    "
	    "  -1  mended\n"
	    "/etc/ssl/none.pem     -                        ED256    "
	    "3650  self-signed\n"
	    "/etc/ssl/o\\x09dd.pem  a\\x1B[2J\\x0A\\x22b        EC384    "
	    "   0  incomplete\n"
	    "/etc/ssl/" UE ".pem        b" UE "cher.example           EC256    "
	    "  29  no issuer\n");
	free(text);
}

static void
test_lines_of_a_terminal_are_not_broken(void **state)
{
	char *text = print(wide, 2, 100);

	(void)state;
	assert_string_equal(text,
	    "FILE                                    NAMES            "
	    "                      KEY    DAYS  CHAIN\n"
	    "/var/lib/some/wher...com/fullchain.pem  a-very-long-label"
	    "...ample.com +1 more  EC256    10  complete\n"
	    "/" UE10 UE UE UE UE UE UE UE "..." UE10 UE "/x.pem  *.example.org"
	    "                          EC256    10  complete\n");
	free(text);
}

static void
test_elsewhere_they_are_as_long_as_they_are(void **state)
{
	char *text = print(wide, 2, 0);

	(void)state;
	assert_non_null(strstr(text, wide[0].file));
	assert_non_null(strstr(text, wide[1].file));
	assert_non_null(strstr(text, far[0]));
	assert_null(strstr(text, "..."));
	free(text);
}

static void
test_only_what_is_too_wide_is_shortened(void **state)
{
	static const struct cert rows[] = {
		PAIR("/x.pem", far, "EC256", 10, 0),
		PAIR("/var/lib/some/where/far/away/from/everything/live/"
		    "www.example.com/fullchain.pem", wild, "EC256", 10, 0),
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char *text = print(&rows[i], 1, 100);
		char *line = strchr(text, '\n') + 1;

		assert_int_equal(strchr(line, '\n') - line, 100);
		assert_non_null(strstr(line, i == 0 ? "/x.pem " :
		    "  *.example.org  "));
		assert_non_null(strstr(line, "..."));
		free(text);
	}
}

static void
test_no_certificates_have_no_table(void **state)
{
	char *text = print(some, 0, 0);

	(void)state;
	assert_string_equal(text, "");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_certificate_has_its_line),
		cmocka_unit_test(test_lines_of_a_terminal_are_not_broken),
		cmocka_unit_test(test_elsewhere_they_are_as_long_as_they_are),
		cmocka_unit_test(test_only_what_is_too_wide_is_shortened),
		cmocka_unit_test(test_no_certificates_have_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
