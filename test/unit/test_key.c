/*
 * test_key.c - a private key out of files as people have them.
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
#include <openssl/evp.h>

#include "folder.h"
#include "issuer.h"
#include "nobody.h"
#include "tls/key.h"

static struct folder folder;
static UI_METHOD *nobody;
static struct paper ec, other, rsa, ed;
static char *block[128];		/* pieces of files by their letter */

/* The middle of a block, made something else. */
static char *
damage(const char *text, char with)
{
	char *new = strdup(text), *at = new + strlen(new) / 2;

	assert_non_null(new);
	at += *at == '\n';
	*at = with;
	return new;
}

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0 || (nobody = nobody_new()) == NULL)
		return -1;
	ec = issuer_name("ec", NULL);
	other = issuer_name("other", NULL);
	rsa = issuer_make(&(struct request){ .cn = "rsa", .kind = "RSA" });
	ed = issuer_make(&(struct request){ .cn = "ed", .kind = "ED25519" });
	block['c'] = issuer_cert_text(ec.cert);
	block['k'] = issuer_key_text(ec.key, NULL, false);
	block['o'] = issuer_key_text(ec.key, NULL, true);
	block['p'] = issuer_params_text(ec.key);
	block['u'] = issuer_public_text(ec.key);
	block['l'] = issuer_key_text(other.key, NULL, false);
	block['r'] = issuer_key_text(rsa.key, NULL, false);
	block['R'] = issuer_key_text(rsa.key, NULL, true);
	block['d'] = issuer_key_text(ed.key, NULL, false);
	block['e'] = issuer_key_text(ec.key, EVP_aes_128_cbc(), false);
	block['E'] = issuer_key_text(ec.key, EVP_aes_128_cbc(), true);
	block['x'] = damage(block['k'], '!');
	block['z'] = strndup(block['k'], strlen(block['k']) / 2);
	block['m'] = strdup("-----BEGIN PRIVATE KEY-----\n"
	    "-----END PRIVATE KEY-----\n");
	block['y'] = strdup("-----BEGIN PRIVATE KEY-----\nAAAAAAAA\n"
	    "-----END PRIVATE KEY-----\n");
	block['Y'] = strdup("-----BEGIN RSA PRIVATE KEY-----\nMAMCAQA=\n"
	    "-----END RSA PRIVATE KEY-----\n");
	block['t'] = strdup("Bag Attributes\n    friendlyName: key\n\n");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof block / sizeof *block; i++)
		free(block[i]);
	issuer_free(&ec);
	issuer_free(&other);
	issuer_free(&rsa);
	issuer_free(&ed);
	UI_destroy_method(nobody);
	return folder_remove(&folder);
}

static const char *
compose(const char *pieces)
{
	FILE *f = fopen(folder_file(&folder, "file.pem"), "w");

	assert_non_null(f);
	for (; *pieces != '\0'; pieces++) {
		assert_non_null(block[(int)*pieces]);
		fputs(block[(int)*pieces], f);
	}
	assert_int_equal(fclose(f), 0);
	return folder.file;
}

/* The secret part is there. */
static bool
can_sign(EVP_PKEY *key)
{
	const EVP_MD *md = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char signature[512];
	size_t len = sizeof signature;
	bool good = EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, signature, &len, (const unsigned char *)"x",
	    1) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

static void
test_the_first_key_is_found_among_other_things(void **state)
{
	static const struct {
		const char *pieces;
		const struct paper *owner;
	} rows[] = {
		{ "k", &ec }, { "o", &ec }, { "po", &ec }, { "pk", &ec },
		{ "ck", &ec }, { "kc", &ec }, { "cpo", &ec }, { "pco", &ec },
		{ "ccck", &ec }, { "tktc", &ec }, { "uk", &ec },
		{ "kl", &ec }, { "lk", &other }, { "cl", &other },
		{ "r", &rsa }, { "R", &rsa }, { "cR", &rsa },
		{ "d", &ed }, { "cd", &ed },
		/* Nobody needs the second one. */
		{ "ke", &ec }, { "kx", &ec },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = compose(rows[i].pieces);
		struct err e = { .text = "" };
		EVP_PKEY *key = key_load(file, &e);

		if (key == NULL)
			fail_msg("%s: %s", rows[i].pieces, e.text);
		assert_int_equal(EVP_PKEY_eq(key, rows[i].owner->key), 1);
		assert_true(can_sign(key));
		EVP_PKEY_free(key);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(nobody_was_asked, 0);
}

static void
test_what_holds_no_usable_key_is_refused(void **state)
{
	static const struct {
		const char *pieces, *why;
	} rows[] = {
		{ "", "no private key can be read" },
		{ "t", "no private key can be read" },
		{ "c", "no private key can be read" },
		{ "u", "no private key can be read" },
		{ "p", "no private key can be read" },
		{ "x", "no private key can be read" },
		{ "y", "no private key can be read" },
		{ "Y", "no private key can be read" },
		{ "z", "no private key can be read" },
		{ "m", "no private key can be read" },
		{ "cz", "no private key can be read" },
		{ "e", "the private key is encrypted" },
		{ "E", "the private key is encrypted" },
		{ "ce", "the private key is encrypted" },
		{ "cE", "the private key is encrypted" },
		{ "pE", "the private key is encrypted" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = compose(rows[i].pieces);
		struct err e = { .text = "" };

		if (key_load(file, &e) != NULL)
			fail_msg("%s: taken", rows[i].pieces);
		assert_ptr_equal(strstr(e.text, file), e.text);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].pieces, e.text);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(nobody_was_asked, 0);
}

static void
test_what_is_no_regular_file_is_refused_without_waiting(void **state)
{
	struct err e;

	(void)state;
	assert_null(key_load(folder_file(&folder, "nothing"), &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_null(key_load(folder.path, &e));
	assert_int_equal(mkfifo(folder_file(&folder, "fifo"), 0600), 0);
	assert_null(key_load(folder.file, &e));
	assert_non_null(strstr(e.text, "fifo: not a regular file"));
}

static void
test_a_key_fits_its_own_certificate_only(void **state)
{
	const struct paper *all[] = { &ec, &other, &rsa, &ed };

	(void)state;
	for (int k = 0; k < 4; k++)
		for (int c = 0; c < 4; c++) {
			struct err e = { .text = "" };
			int r = key_fits(all[k]->key, all[c]->cert, "x.key",
			    &e);

			assert_int_equal(r, k == c ? 0 : -1);
			assert_string_equal(e.text, k == c ? "" : "x.key: the "
			    "private key belongs to another certificate");
			assert_int_equal(ERR_peek_error(), 0);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_first_key_is_found_among_other_things),
		cmocka_unit_test(test_what_holds_no_usable_key_is_refused),
		cmocka_unit_test(
		    test_what_is_no_regular_file_is_refused_without_waiting),
		cmocka_unit_test(test_a_key_fits_its_own_certificate_only),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
