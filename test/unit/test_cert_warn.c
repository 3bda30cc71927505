/*
 * test_cert_warn.c - what the log says of certificates, and how often.
 *
 * Linked with --wrap: what a load was given is made up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "caught.h"
#include "cert/cert_check.h"
#include "cert/cert_report.h"
#include "one_folder.h"

#define DAY	86400
#define NOW	((time_t)1775044800)

static struct cert certs[100];
static size_t n_certs;
static bool all_fresh;
static struct cert_load last;

const struct cert *__wrap_cert_store_next(const struct cert_load *, size_t *,
    bool *);
const struct cert_load *__wrap_cert_store_before(const struct cert_load *);

const struct cert *
__wrap_cert_store_next(const struct cert_load *load, size_t *at, bool *fresh)
{
	(void)load;
	*fresh = all_fresh;
	return *at < n_certs ? &certs[(*at)++] : NULL;
}

const struct cert_load *
__wrap_cert_store_before(const struct cert_load *load)
{
	(void)load;
	return last.warned != 0 ? &last : NULL;
}

/* What is said of them at this time, without the heads of lines. */
static void
warn(time_t now, char *text, size_t size)
{
	static const char head[] = "]: warning: ";
	struct cert_load load = { .warned = 0 };
	const char *at, *end;
	size_t n = 0;

	caught_begin(&folder, LOG_TROUBLE);
	cert_warn(&load, now);
	assert_int_equal(load.warned, now);
	text[0] = '\0';
	for (at = caught_lines(&folder); *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		at = strstr(at, head);
		assert_true(at != NULL && at < end);
		at += strlen(head);
		n += (size_t)snprintf(text + n, size - n, "%.*s\n",
		    (int)(end - at), at);
		assert_true(n < size);
	}
}

static void
test_a_new_certificate_is_told_all_about(void **state)
{
	char text[1024];

	(void)state;
	n_certs = 3;
	all_fresh = true;
	last.warned = 0;
	certs[0] = (struct cert){ .file = "good.pem",
	    .not_after = NOW + 90 * DAY,
	    .findings = CERT_BIT(CERT_SELF_SIGNED) };
	certs[1] = (struct cert){ .file = "bad.pem", .key_alg = "RSA512",
	    .not_after = NOW - 3 * DAY, .findings = CERT_BIT(CERT_WEAK_KEY) |
	    CERT_BIT(CERT_ISSUER_NOT_THERE) };
	certs[2] = (struct cert){ .file = "soon.pem",
	    .not_after = NOW + 3 * DAY };
	warn(NOW, text, sizeof text);
	assert_string_equal(text, "bad.pem: it expired 2 days ago\n"
	    "bad.pem: its key is weak (RSA512): use RSA with 2048 bits, or "
	    "P-256\nsoon.pem: it expires in 3 days\n");
}

static void
test_an_old_one_only_of_what_time_has_done(void **state)
{
	static const struct { long before, left; const char *say; } rows[] = {
		{ 31, 30, "" }, { 30, 29, "x.pem: it expires in 29 days\n" },
		{ 29, 14, "" }, { 14, 13, "x.pem: it expires in 13 days\n" },
		{ 6, 1, "" }, { 90, 0,
		    "x.pem: it expires in less than a day\n" },
		{ 0, -2, "x.pem: it expired 1 day ago\n" }, { -2, -9, "" },
		{ 90, 89, "" },
	};
	char text[1024];

	(void)state;
	n_certs = 1;
	all_fresh = false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		certs[0] = (struct cert){ .file = "x.pem",
		    .not_after = NOW + rows[i].left * DAY,
		    .findings = CERT_BIT(CERT_WEAK_KEY) };
		last.warned = NOW - (rows[i].before - rows[i].left) * DAY;
		warn(NOW, text, sizeof text);
		assert_string_equal(text, rows[i].say);
	}
}

static void
test_of_very_many_the_first_are_named_and_the_rest_counted(void **state)
{
	const char *at;
	char text[8192];
	int lines = 0;

	(void)state;
	n_certs = 100;
	all_fresh = true;
	for (size_t i = 0; i < n_certs; i++)
		certs[i] = (struct cert){ .file = i < 50 ? "a.pem" : "b.pem",
		    .not_after = NOW + 90 * DAY, .findings =
		    (i < 25 ? CERT_BIT(CERT_NAMELESS) : 0) |
		    CERT_BIT(CERT_WITHOUT_SAN) };
	warn(NOW, text, sizeof text);
	for (at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 2 * CERT_WARN_MOST + 2);
	assert_non_null(strstr(text, "\n5 more certificates have no name that "
	    "a client can ask for\n80 more certificates have no "
	    "subjectAltName\n"));
	assert_null(strstr(text, "b.pem"));
	/* As many as may be named. */
	n_certs = CERT_WARN_MOST;
	warn(NOW, text, sizeof text);
	assert_null(strstr(text, " more "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_certificate_is_told_all_about),
		cmocka_unit_test(test_an_old_one_only_of_what_time_has_done),
		cmocka_unit_test(
		test_of_very_many_the_first_are_named_and_the_rest_counted),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
