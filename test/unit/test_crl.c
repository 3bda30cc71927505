/*
 * test_crl.c - what authorities have revoked, and which lists count.
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

#include "auth/crl.h"
#include "folder.h"
#include "issuer.h"

static struct folder folder;
static struct test_cert ca, other, namesake, mute, client;
static STACK_OF(X509) *authorities;

static int
set_up(void **state)
{
	X509_EXTENSION *usage = X509V3_EXT_nconf_nid(NULL, NULL,
	    NID_key_usage, "critical,keyCertSign");

	(void)state;
	ca = issuer_make(&(struct request){ .cn = "A", .ca = true });
	other = issuer_make(&(struct request){ .cn = "B", .ca = true });
	namesake = issuer_make(&(struct request){ .cn = "A", .ca = true });
	mute = issuer_make(&(struct request){ .cn = "M", .ca = true,
	    .also = usage });
	client = issuer_make(&(struct request){ .cn = "c", .by = &ca });
	X509_EXTENSION_free(usage);
	authorities = sk_X509_new_null();
	sk_X509_push(authorities, namesake.cert);
	sk_X509_push(authorities, ca.cert);
	sk_X509_push(authorities, mute.cert);
	return folder_make(&folder);
}

static int
tear_down(void **state)
{
	struct test_cert *all[] = { &ca, &other, &namesake, &mute, &client };

	(void)state;
	sk_X509_free(authorities);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		issuer_free(all[i]);
	return folder_remove(&folder);
}

/* Writes texts one after the other, and frees them. */
static const char *
file_of(const char *before, char *one, char *two)
{
	char *all;
	int len = asprintf(&all, "%s%s%s", before, one != NULL ? one : "",
	    two != NULL ? two : "");
	const char *file = folder_write(&folder, "x.pem", all, (size_t)len);

	assert_non_null(file);
	free(all);
	free(one);
	free(two);
	return file;
}

static char *
list_of(const struct test_cert *by)
{
	return issuer_crl_text(&(struct crl_request){ .by = by,
	    .revoked = { &client } });
}

static void
test_lists_are_found_among_other_things(void **state)
{
	char *key = issuer_key_text(ca.key, NULL, false);
	char *cert = issuer_cert_text(ca.cert);
	STACK_OF(X509_CRL) *all;
	struct err e;

	(void)state;
	all = crl_read(file_of("some text\n", list_of(&ca), NULL), 1, &e);
	assert_int_equal(sk_X509_CRL_num(all), 1);
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	all = crl_read(file_of(key, list_of(&ca), list_of(&other)), 2, &e);
	assert_int_equal(sk_X509_CRL_num(all), 2);
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	all = crl_read(file_of(cert, list_of(&ca), NULL), 2, &e);
	assert_int_equal(sk_X509_CRL_num(all), 1);
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	assert_int_equal(ERR_peek_error(), 0);
	free(key);
	free(cert);
}

static void
must_refuse(const char *file, const char *why)
{
	struct err e = { .text = "" };

	assert_null(crl_read(file, 1, &e));
	assert_memory_equal(e.text, file, strlen(file));
	if (strstr(e.text, why) == NULL)
		fail_msg("\"%s\" does not say: %s", e.text, why);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
test_a_file_without_a_good_list_is_refused(void **state)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "", "no revocation list in it" },
		{ "some text\n", "no revocation list in it" },
		{ "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
		    "list 1 is damaged" },
		{ "-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n",
		    "list 1 is damaged" },
		{ "-----BEGIN X509 CRL-----\nAAAA\n", "list 1 is damaged" },
		{ "-----BEGIN X509 CRL-----\nProc-Type: 4,ENCRYPTED\n"
		    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n"
		    "\nAAAA\n-----END X509 CRL-----\n", "list 1 is damaged" },
	};
	char *text = list_of(&ca), *cut = strdup(text);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		must_refuse(file_of(rows[i].text, NULL, NULL), rows[i].why);
	cut[strlen(cut) / 2] = '\0';
	must_refuse(file_of(cut, NULL, NULL), "list 1 is damaged");
	must_refuse(file_of(text, strdup(text), NULL), "more than 1 rev");
	must_refuse(folder_file(&folder, "none.pem"), "No such file");
	must_refuse(folder.path, "not a regular file");
	free(text);
	free(cut);
}

static int
judged(const struct crl_request *r, struct err *e)
{
	STACK_OF(X509_CRL) *all = crl_read(file_of("", issuer_crl_text(r),
	    NULL), 1, e);
	int good;

	assert_non_null(all);
	good = crl_judge(sk_X509_CRL_value(all, 0), authorities, "F", e);
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	assert_int_equal(ERR_peek_error(), 0);
	return good;
}

static void
test_only_lists_that_can_be_relied_on_count(void **state)
{
	static const struct {
		struct crl_request r;
		const char *why;
	} rows[] = {
		{ { .by = &ca }, NULL },
		{ { .by = &ca, .revoked = { &client } }, NULL },
		{ { .by = &namesake }, NULL },
		{ { .by = &ca, .endless = true }, NULL },
		{ { .by = &ca, .begins = -9, .ends = -1 },
		    "F: revocation list of /CN=A: it has expired" },
		{ { .by = &ca, .begins = 1, .ends = 2 },
		    "F: revocation list of /CN=A: it is not in force yet" },
		{ { .by = &ca, .begins = 1, .endless = true },
		    "it is not in force yet" },
		{ { .by = &ca, .delta = true }, "a complete list is needed" },
		{ { .by = &mute }, "F: revocation list of /CN=M: the "
		    "keyUsage of its authority does not allow it" },
		{ { .by = &other }, "F: revocation list of /CN=B: none of the "
		    "authorities in client-verify-ca signed it" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int r = judged(&rows[i].r, &e);

		assert_int_equal(r, rows[i].why == NULL ? 0 : -1);
		if (r != 0 && strstr(e.text, rows[i].why) == NULL)
			fail_msg("row %zu said: %s", i, e.text);
	}
}

/* The name is right, but whoever signed it was somebody else. */
static void
test_a_list_of_a_namesake_does_not_count(void **state)
{
	struct test_cert false_ca = issuer_make(&(struct request){ .cn = "A",
	    .ca = true });
	struct err e;

	(void)state;
	assert_int_equal(judged(&(struct crl_request){ .by = &false_ca }, &e),
	    -1);
	assert_non_null(strstr(e.text, "none of the authorities"));
	issuer_free(&false_ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_are_found_among_other_things),
		cmocka_unit_test(test_a_file_without_a_good_list_is_refused),
		cmocka_unit_test(test_only_lists_that_can_be_relied_on_count),
		cmocka_unit_test(test_a_list_of_a_namesake_does_not_count),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
