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
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "cert/cert.h"
#include "folder.h"
#include "issuer.h"
#include "keys/key.h"
#include "no_prompt.h"

static struct folder folder;
static UI_METHOD *nobody;
static struct test_cert ec, other, rsa, ed;
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
	if (folder_make(&folder) != 0 || (nobody = no_prompt_new()) == NULL)
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
	block['i'] = issuer_key_text(rsa.key, EVP_aes_256_cbc(), false);
	block['I'] = issuer_key_text(rsa.key, EVP_des_ede3_cbc(), true);
	block['D'] = issuer_key_text(ed.key, EVP_aes_256_cbc(), false);
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

static const char *word_file;		/* key-passphrase-file; or NULL */

/* The key of a file, as cert_store.c comes to it. */
static EVP_PKEY *
load(const char *file, struct err *e)
{
	struct passphrase word = { .file = word_file };
	EVP_PKEY *key;
	struct pem p;

	if (pem_read_key(&p, file, e) != 0)
		return NULL;
	if ((key = key_open(&p.key, file, &word, NULL, e)) != NULL) {
		EVP_PKEY *again = key_decode(p.key.kind, p.key.der,
		    p.key.len, NULL);

		assert_int_equal(EVP_PKEY_eq(key, again), 1);
		EVP_PKEY_free(again);
	}
	pem_clear(&p);
	return key;
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
		const struct test_cert *owner;
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
		EVP_PKEY *key = load(file, &e);

		if (key == NULL)
			fail_msg("%s: %s", rows[i].pieces, e.text);
		assert_int_equal(EVP_PKEY_eq(key, rows[i].owner->key), 1);
		assert_true(can_sign(key));
		EVP_PKEY_free(key);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(prompts, 0);
}

static void
test_what_holds_no_usable_key_is_refused(void **state)
{
	static const struct {
		const char *pieces, *why;
	} rows[] = {
		{ "", "no usable private key" },
		{ "t", "no usable private key" },
		{ "c", "no usable private key" },
		{ "u", "no usable private key" },
		{ "p", "no usable private key" },
		{ "x", "no usable private key" },
		{ "y", "no usable private key" },
		{ "Y", "no usable private key" },
		{ "z", "no usable private key" },
		{ "m", "no usable private key" },
		{ "cz", "no usable private key" },
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

		if (load(file, &e) != NULL)
			fail_msg("%s: taken", rows[i].pieces);
		assert_ptr_equal(strstr(e.text, file), e.text);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].pieces, e.text);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(prompts, 0);
}

static void
test_what_is_no_regular_file_is_refused_without_waiting(void **state)
{
	struct err e;

	(void)state;
	assert_null(load(folder_file(&folder, "nothing"), &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_null(load(folder.path, &e));
	assert_int_equal(mkfifo(folder_file(&folder, "fifo"), 0600), 0);
	assert_null(load(folder.file, &e));
	assert_non_null(strstr(e.text, "fifo: not a regular file"));
}

/* Writes the passphrase's file and says that it is to be used. */
static void
use_word(const char *text, size_t len)
{
	static char path[sizeof folder.file];

	snprintf(path, sizeof path, "%s", folder_file(&folder, "word"));
	assert_non_null(folder_write(&folder, "word", text, len));
	word_file = path;
}

static void
test_an_encrypted_key_is_opened_by_the_first_line(void **state)
{
	static const char *const words[] = { "secret", "secret\n",
	    "secret\r\n", "secret\nand remarks\n" };
	static const struct {
		const char *pieces;
		const struct test_cert *owner;
	} rows[] = {
		{ "e", &ec }, { "E", &ec }, { "ce", &ec }, { "cE", &ec },
		{ "pE", &ec }, { "i", &rsa }, { "I", &rsa }, { "D", &ed },
		/* One that needs none */
		{ "k", &ec },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < 4 * sizeof rows / sizeof *rows; i++) {
		const char *file;
		EVP_PKEY *key;

		use_word(words[i % 4], strlen(words[i % 4]));
		file = compose(rows[i / 4].pieces);
		if ((key = load(file, &e)) == NULL)
			fail_msg("%s: %s", rows[i / 4].pieces, e.text);
		assert_int_equal(EVP_PKEY_eq(key, rows[i / 4].owner->key), 1);
		assert_true(can_sign(key));
		EVP_PKEY_free(key);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(prompts, 0);
	word_file = NULL;
}

static void
test_a_passphrase_that_is_of_no_use_is_said(void **state)
{
	static char longer[PASSPHRASE_MAX + 1], large[10000];
	static const struct {
		const char *text, *why;
		size_t len;
	} rows[] = {
		{ "Secret\n", "file.pem: wrong passphrase in ", 7 },
		{ " secret\n", "file.pem: wrong passphrase in ", 8 },
		{ "secret \n", "file.pem: wrong passphrase in ", 8 },
		{ "", "word: no passphrase in the first line", 0 },
		{ "\nsecret\n", "word: no passphrase in the first line", 8 },
		{ "\0secret\n", "word: no passphrase in the first line", 8 },
		{ longer, "word: the passphrase is longer than 1024 bytes",
		    sizeof longer },
		{ large, "word: not a regular file of at most", sizeof large },
	};
	struct err e;

	(void)state;
	memset(longer, 'x', sizeof longer);
	memset(large, 'x', sizeof large);
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		use_word(rows[i / 2].text, rows[i / 2].len);
		assert_null(load(compose(i % 2 == 0 ? "e" : "E"), &e));
		if (strstr(e.text, rows[i / 2].why) == NULL)
			fail_msg("row %zu: %s", i / 2, e.text);
		assert_int_equal(ERR_peek_error(), 0);
	}
	use_word("secret", 6);
	assert_int_equal(chmod(word_file, 0604), 0);
	assert_null(load(compose("e"), &e));
	assert_non_null(strstr(e.text, "word: other users can read or change"));
	unlink(word_file);
	assert_null(load(compose("e"), &e));
	assert_non_null(strstr(e.text, "word: No such file"));
	assert_int_equal(e.kind, ERR_NO_FILE);
	word_file = NULL;
}

/* Whether a key in some form of file fits a certificate. */
static bool
fits(const char *key_text, const X509 *cert)
{
	const char *file = folder_write(&folder, "fits.key", key_text,
	    strlen(key_text));
	struct err e = { .text = "" };
	EVP_PKEY *key = load(file, &e);
	struct key_proof proof;
	struct cert_facts facts;
	struct public_key public;
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	bool r;

	if (key == NULL)
		fail_msg("%s", e.text);
	assert_int_equal(cert_facts_read(&facts, der, (size_t)len), 0);
	public_key_of(&public, key);
	assert_int_equal(key_proof_challenge(&proof), 0);
	assert_int_equal(key_proof_sign(&proof, key), 0);
	r = cert_is_proven(&facts, der, &proof, NULL);
	assert_true(r || !cert_looks_like(&facts, &public));
	cert_facts_clear(&facts);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	assert_int_equal(ERR_peek_error(), 0);
	return r;
}

static void
test_a_key_fits_its_own_certificate_only(void **state)
{
	static const char *const kinds[] = { NULL, NULL, "RSA", "ED25519",
	    "ED448", "P-384", "secp256k1", "RSA-PSS" };
	struct test_cert all[sizeof kinds / sizeof *kinds];
	const size_t n = sizeof kinds / sizeof *kinds;

	(void)state;
	for (size_t i = 0; i < n; i++)
		all[i] = issuer_make(&(struct request){ .cn = "x",
		    .kind = kinds[i] });
	for (size_t k = 0; k < n; k++) {
		char *text = issuer_key_text(all[k].key, NULL, false);

		for (size_t c = 0; c < n; c++)
			assert_int_equal(fits(text, all[c].cert), k == c);
		free(text);
	}
	for (size_t i = 0; i < n; i++)
		issuer_free(&all[i]);
}

/* The same key, though its public part is written in another way. */
static void
test_a_key_fits_whichever_way_its_point_is_written(void **state)
{
	static const char *const ways[] = { "uncompressed", "compressed",
	    "hybrid" };

	(void)state;
	for (int k = 0; k < 3; k++)
		for (int c = 0; c < 3; c++) {
			EVP_PKEY *key = issuer_key(NULL);
			struct test_cert p;
			char *text[2];

			EVP_PKEY_set_utf8_string_param(key,
			    OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
			    ways[c]);
			p = issuer_make(&(struct request){ .cn = "x",
			    .key = key });
			EVP_PKEY_set_utf8_string_param(key,
			    OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
			    ways[k]);
			text[0] = issuer_key_text(key, NULL, false);
			text[1] = issuer_key_text(key, NULL, true);
			for (int i = 0; i < 2; i++) {
				assert_true(fits(text[i], p.cert));
				assert_false(fits(text[i], other.cert));
				free(text[i]);
			}
			issuer_free(&p);
			EVP_PKEY_free(key);
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
		cmocka_unit_test(
		    test_a_key_fits_whichever_way_its_point_is_written),
		cmocka_unit_test(
		    test_an_encrypted_key_is_opened_by_the_first_line),
		cmocka_unit_test(test_a_passphrase_that_is_of_no_use_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
