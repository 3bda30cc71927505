/*
 * test_key_uri.c - private keys that a URI names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "folder.h"
#include "issuer.h"
#include "keys/key_uri.h"
#include "no_prompt.h"

static struct folder folder;
static struct test_cert test_cert;
static char word[sizeof folder.file];
static UI_METHOD *nobody;

static int
set_up(void **state)
{
	char *text;

	(void)state;
	if (folder_make(&folder) != 0 || (nobody = no_prompt_new()) == NULL)
		return -1;
	/* Whatever is installed here, no engine is found. */
	setenv("OPENSSL_ENGINES", folder.path, 1);
	test_cert = issuer_name("a", NULL);
	text = issuer_key_text(test_cert.key, NULL, false);
	folder_write(&folder, "plain", text, strlen(text));
	free(text);
	text = issuer_key_text(test_cert.key, EVP_aes_128_cbc(), false);
	folder_write(&folder, "locked", text, strlen(text));
	free(text);
	text = issuer_key_text(test_cert.key, EVP_aes_128_cbc(), true);
	folder_write(&folder, "locked-old", text, strlen(text));
	free(text);
	text = issuer_cert_text(test_cert.cert);
	folder_write(&folder, "cert", text, strlen(text));
	free(text);
	folder_write(&folder, "rubbish", "rubbish", 7);
	folder_write(&folder, "wrong", "Secret", 6);
	snprintf(word, sizeof word, "%s", folder_write(&folder, "word",
	    "secret\n", 7));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	issuer_free(&test_cert);
	UI_destroy_method(nobody);
	return folder_remove(&folder);
}

static EVP_PKEY *
get(const char *begin, const char *name, const char *word_name, struct err *e)
{
	struct passphrase p = { .file = NULL };
	char uri[256], path[256];
	EVP_PKEY *key;

	if (word_name != NULL) {
		snprintf(path, sizeof path, "%s", folder_file(&folder,
		    word_name));
		p.file = path;
	}
	snprintf(uri, sizeof uri, "%s%s", begin, folder_file(&folder, name));
	key = key_uri_open(uri, &p, e);
	if (key == NULL)
		assert_ptr_equal(strstr(e->text, p.failed ? path : uri),
		    e->text);
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(prompts, 0);
	return key;
}

static void
test_a_scheme_and_a_colon_make_a_uri(void **state)
{
	static const struct { const char *name; bool uri; } rows[] = {
		{ "pkcs11:object=a", true }, { "file:/a", true },
		{ "file:///a", true }, { "handle:0x81000001", true },
		{ "org.openssl.engine:a:b", true }, { "PKCS11:", true },
		{ "/etc/pkcs11:a", false }, { "a.pem", false },
		{ "./file:a", false }, { "a/b:c", false }, { ":a", false },
		{ "", false }, { "a:b", false }, { "1a:b", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(key_uri_is(rows[i].name), rows[i].uri);
}

static void
test_a_files_uri_gives_its_key(void **state)
{
	static const struct { const char *begin, *name, *word; } rows[] = {
		{ "file:", "plain", NULL }, { "file://", "plain", NULL },
		{ "file://localhost", "plain", NULL },
		{ "FILE:", "plain", NULL },
		{ "file:", "locked", "word" },
		{ "file:", "locked-old", "word" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = { .text = "" };
		EVP_PKEY *key = get(rows[i].begin, rows[i].name, rows[i].word,
		    &e);

		if (key == NULL)
			fail_msg("row %zu: %s", i, e.text);
		assert_int_equal(EVP_PKEY_eq(key, test_cert.key), 1);
		EVP_PKEY_free(key);
	}
}

static void
test_a_uri_of_no_use_is_said_in_one_sentence(void **state)
{
	static const struct { const char *begin, *name, *word, *why; } rows[] =
	{
		{ "file:", "nowhere", NULL, ": No such file" },
		{ "file:", "", NULL, ": not a regular file" },
		{ "file:", "cert", NULL, ": cannot load a private key" },
		{ "file:", "rubbish", NULL, ": cannot load a private key" },
		{ "file:", "locked", NULL, ": the private key is encrypted" },
		{ "file:", "locked", "wrong", ": wrong passphrase in " },
		{ "file:", "locked-old", "wrong", ": wrong passphrase in " },
		{ "file:", "locked", "none", "none: No such file" },
		{ "nosuch:", "x", NULL, ": cannot load a private key" },
		{ "pkcs11:token=no-such-token;object=", "x", "word",
		    ": cannot load a private key" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (get(rows[i].begin, rows[i].name, rows[i].word, &e) != NULL)
			fail_msg("row %zu: taken", i);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, e.text);
	}
	assert_int_equal(chmod(folder_file(&folder, "plain"), 0604), 0);
	assert_null(get("file:", "plain", NULL, &e));
	assert_non_null(strstr(e.text, "other users can read or change"));
	assert_int_equal(chmod(folder_file(&folder, "plain"), 0600), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_scheme_and_a_colon_make_a_uri),
		cmocka_unit_test(test_a_files_uri_gives_its_key),
		cmocka_unit_test(test_a_uri_of_no_use_is_said_in_one_sentence),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
