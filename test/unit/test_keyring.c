/*
 * test_keyring.c - a ring keeps keys by number, and says only what is public.
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

#include "folder.h"
#include "issuer.h"
#include "keys/keyring_local.h"

static struct folder folder;
static struct keyring *ring;
static struct test_cert p;
static char *cert, *key, *locked;

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0 || (ring = keyring_local_new()) == NULL)
		return -1;
	p = issuer_name("a", NULL);
	cert = issuer_cert_text(p.cert);
	key = issuer_key_text(p.key, NULL, false);
	locked = issuer_key_text(p.key, EVP_aes_128_cbc(), false);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(cert);
	free(key);
	free(locked);
	issuer_free(&p);
	keyring_free(ring);
	return folder_remove(&folder);
}

static char *
put(const char *name, const char *one, const char *two)
{
	FILE *f = fopen(folder_file(&folder, name), "w");

	assert_non_null(f);
	fprintf(f, "%s%s", one, two);
	fclose(f);
	return strdup(folder.file);
}

static void
test_a_reading_has_all_that_is_public_and_no_key(void **state)
{
	char *file = put("a.pem", cert, key);
	const struct key_source from = { .file = file };
	struct key_reading r;
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(keyring_read(ring, 1, &from, &r, &e), 0);
	assert_int_equal(r.pem.n, 1);
	assert_int_equal(r.pem.key.kind, PEM_TEXT);
	assert_null(r.pem.key.der);
	assert_false(r.insecure);
	assert_int_equal(stat(file, &st), 0);
	assert_true(file_id_matches(&r.pem.stamp, &st));
	assert_int_equal(r.public.kind, PUBLIC_EC);
	assert_true(key_proof_verify(&r.proof, p.key));
	key_reading_clear(&r);
	free(file);
}

static void
test_a_key_is_there_until_it_is_dropped(void **state)
{
	char *file = put("b.pem", cert, ""), *apart = put("b.key", key, "");
	const struct key_source from = { .file = file, .key_file = apart };
	struct key_reading r;
	EVP_PKEY *found;
	struct err e;

	(void)state;
	assert_null(keyring_key(ring, 20, p.key));
	assert_int_equal(keyring_read(ring, 20, &from, &r, &e), 0);
	key_reading_clear(&r);
	/* Whatever becomes of the file. */
	assert_int_equal(remove(apart), 0);
	found = keyring_key(ring, 20, p.key);
	assert_int_equal(EVP_PKEY_eq(found, p.key), 1);
	EVP_PKEY_free(found);
	found = keyring_local_find(ring, 20);
	assert_int_equal(EVP_PKEY_eq(found, p.key), 1);
	assert_ptr_equal(keyring_local_find(ring, 20), found);
	keyring_drop(ring, 20);
	keyring_drop(ring, 20);
	assert_null(keyring_key(ring, 20, p.key));
	assert_null(keyring_local_find(ring, 20));
	free(file);
	free(apart);
}

/* Two certificates under one number: one would sign with the other's key. */
static void
test_a_number_is_used_once(void **state)
{
	char *file = put("c.pem", cert, key);
	const struct key_source from = { .file = file };
	struct key_reading r;
	struct err e;

	(void)state;
	assert_int_equal(keyring_read(ring, 30, &from, &r, &e), 0);
	key_reading_clear(&r);
	assert_int_equal(keyring_read(ring, 30, &from, &r, &e), -1);
	assert_int_equal(keyring_read(ring, 29, &from, &r, &e), -1);
	keyring_drop(ring, 30);
	assert_int_equal(keyring_read(ring, 30, &from, &r, &e), -1);
	free(file);
}

static void
test_what_is_refused_has_its_sentence_and_its_excuse(void **state)
{
	static const struct {
		const char *one, *two, *why;
		enum pem_skip_reason skip_reason;
		mode_t mode;
	} rows[] = {
		{ "", "", "no certificate", PEM_UNFINISHED, 0600 },
		{ "hello\n", "", "no certificate", PEM_FOREIGN, 0600 },
		{ "c", "-----BEGIN PRIVATE KEY-----\nMIG", "is damaged",
		    PEM_UNFINISHED, 0600 },
		{ "c", "", "no usable private key", PEM_NOT_SKIPPED, 0600 },
		{ "c", "k", "other users can read", PEM_NOT_SKIPPED, 0604 },
		{ "c", "l", "is encrypted", PEM_NOT_SKIPPED, 0600 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *one = rows[i].one, *two = rows[i].two;
		char *file = put("d.pem", strcmp(one, "c") == 0 ? cert : one,
		    strcmp(two, "k") == 0 ? key : strcmp(two, "l") == 0 ?
		    locked : two);
		const struct key_source from = { .file = file };
		struct key_reading r;
		struct err e = { .text = "" };
		uint32_t id = 40 + (uint32_t)i;

		assert_int_equal(chmod(file, rows[i].mode), 0);
		assert_int_equal(keyring_read(ring, id, &from, &r, &e), -1);
		assert_ptr_equal(strstr(e.text, file), e.text);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, e.text);
		assert_int_equal(r.skip_reason, rows[i].skip_reason);
		assert_null(keyring_local_find(ring, id));
		assert_int_equal(ERR_peek_error(), 0);
		free(file);
	}
}

static void
test_a_loose_key_is_said_to_be_where_it_is_allowed(void **state)
{
	char *file = put("e.pem", cert, key);
	const struct key_source from = { .file = file, .insecure = true };
	struct key_reading r;
	struct err e;

	(void)state;
	assert_int_equal(chmod(file, 0604), 0);
	assert_int_equal(keyring_read(ring, 60, &from, &r, &e), 0);
	assert_true(r.insecure);
	key_reading_clear(&r);
	free(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_reading_has_all_that_is_public_and_no_key),
		cmocka_unit_test(test_a_key_is_there_until_it_is_dropped),
		cmocka_unit_test(test_a_number_is_used_once),
		cmocka_unit_test(
		    test_what_is_refused_has_its_sentence_and_its_excuse),
		cmocka_unit_test(
		    test_a_loose_key_is_said_to_be_where_it_is_allowed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
