/*
 * test_trust.c - authorities and revocation lists, out of files and folders.
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

#include "auth/trust.h"
#include "folder.h"
#include "issuer.h"

static struct folder folder;
static struct test_cert a, b;

static int
set_up(void **state)
{
	(void)state;
	a = issuer_make(&(struct request){ .cn = "A", .ca = true });
	b = issuer_make(&(struct request){ .cn = "B", .ca = true });
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	issuer_free(&a);
	issuer_free(&b);
	return 0;
}

/* Each test has a folder of its own. */
static int
begin(void **state)
{
	(void)state;
	return folder_make(&folder);
}

static int
end(void **state)
{
	(void)state;
	assert_int_equal(ERR_peek_error(), 0);
	return folder_remove(&folder);
}

static void
put(const char *name, const char *text)
{
	assert_non_null(folder_write(&folder, name, text, strlen(text)));
}

static void
put_cert(const char *name, const struct test_cert *p)
{
	char *text = issuer_cert_text(p->cert);

	put(name, text);
	free(text);
}

static void
put_crl(const char *name, const struct test_cert *by,
    const struct test_cert *revoked)
{
	char *text = issuer_crl_text(&(struct crl_request){ .by = by,
	    .revoked = { revoked } });

	put(name, text);
	free(text);
}

/* ------------------------------------------------- files --------------- */

/* The names that were found, without the folder's. */
static const char *
listed(const char *path, char *out, size_t size)
{
	struct strlist w;
	struct err e;
	size_t n = 0;

	out[0] = '\0';
	if (path_list(&w, path, &e) != 0) {
		assert_null(w.word);
		snprintf(out, size, "%s", e.text + strlen(path));
		assert_memory_equal(e.text, path, strlen(path));
		return out;
	}
	for (size_t i = 0; i < w.n; i++)
		n += (size_t)snprintf(out + n, size - n, " %s",
		    w.word[i] + strlen(folder.path) + 1);
	strlist_free(&w);
	return out;
}

static void
test_a_directory_is_its_files_by_name(void **state)
{
	char out[200], sub[128];

	(void)state;
	assert_string_equal(listed(folder.path, out, sizeof out),
	    ": no files in this directory");
	snprintf(sub, sizeof sub, "%s/sub", folder.path);
	assert_int_equal(mkdir(sub, 0700), 0);
	put(".hidden", "");
	put("saved~", "");
	assert_string_equal(listed(folder.path, out, sizeof out),
	    ": no files in this directory");
	put("b.pem", "");
	put("a.pem", "");
	put("sub/c.pem", "");
	/* A link that leads nowhere is somebody's mistake: not passed over. */
	assert_int_equal(symlink("nowhere", folder_file(&folder, "c")), 0);
	assert_string_equal(listed(folder.path, out, sizeof out),
	    " a.pem b.pem c");
	assert_string_equal(listed(folder_file(&folder, "b.pem"), out,
	    sizeof out), " b.pem");
	assert_string_equal(listed(folder_file(&folder, ".hidden"), out,
	    sizeof out), " .hidden");
	assert_string_equal(listed(folder_file(&folder, "none"), out,
	    sizeof out), ": No such file or directory");
}

/* ------------------------------------------------- trust --------------- */

static void
test_every_file_of_a_directory_counts(void **state)
{
	STACK_OF(X509_NAME) *names;
	struct trust t;
	struct err e;

	(void)state;
	put_cert("2.pem", &a);
	put_cert("1.pem", &b);
	put_cert("3.pem", &a);
	assert_int_equal(trust_load_authorities(&t, folder.path, &e), 0);
	assert_int_equal(sk_X509_num(t.authorities), 3);
	names = trust_names(&t);
	assert_int_equal(sk_X509_NAME_num(names), 2);
	assert_int_equal(X509_NAME_cmp(sk_X509_NAME_value(names, 0),
	    X509_get_subject_name(b.cert)), 0);
	sk_X509_NAME_pop_free(names, X509_NAME_free);
	trust_clear(&t);
}

static void
test_one_bad_file_of_a_directory_is_named(void **state)
{
	struct trust t;
	struct err e;

	(void)state;
	put_cert("1.pem", &a);
	put("README", "what is in here\n");
	assert_int_equal(trust_load_authorities(&t, folder.path, &e), -1);
	assert_non_null(strstr(e.text, "/README: no certificate in it"));
	trust_clear(&t);
	remove(folder_file(&folder, "README"));
	assert_int_equal(symlink("nowhere", folder_file(&folder, "2.pem")), 0);
	assert_int_equal(trust_load_authorities(&t, folder.path, &e), -1);
	assert_non_null(strstr(e.text, "/2.pem: No such file"));
	trust_clear(&t);
}

static void
digest_of(struct fingerprints *p, unsigned char *out)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	EVP_DigestInit_ex(md, EVP_sha256(), NULL);
	assert_int_equal(fingerprints_digest(p, md), 0);
	EVP_DigestFinal_ex(md, out, NULL);
	EVP_MD_CTX_free(md);
}

static void
test_prints_are_a_set(void **state)
{
	static const struct { const char *one, *two; bool same; } rows[] = {
		{ "", "", true }, { "ab", "ba", true }, { "aab", "ba", true },
		{ "a", "", false }, { "a", "b", false }, { "ab", "a", false },
		{ "abc", "cbaabc", true }, { "abc", "abd", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fingerprints p = { NULL, 0 }, q = { NULL, 0 };
		unsigned char x[32], y[32];

		for (const char *s = rows[i].one; *s != '\0'; s++)
			fingerprints_add(&p, s, 1);
		for (const char *s = rows[i].two; *s != '\0'; s++)
			fingerprints_add(&q, s, 1);
		digest_of(&p, x);
		digest_of(&q, y);
		if ((memcmp(x, y, sizeof x) == 0) != rows[i].same)
			fail_msg("row %zu", i);
		/* Asked again it is the same. */
		digest_of(&q, x);
		assert_memory_equal(x, y, sizeof x);
		fingerprints_clear(&p);
		fingerprints_clear(&q);
	}
}

static void
test_a_list_of_somebody_else_is_refused(void **state)
{
	struct trust t;
	struct err e;

	(void)state;
	put_cert("ca.pem", &a);
	put_crl("a.crl", &a, NULL);
	put_crl("b.crl", &b, NULL);
	assert_int_equal(trust_load_authorities(&t,
	    folder_file(&folder, "ca.pem"), &e), 0);
	assert_int_equal(trust_load_lists(&t, folder_file(&folder, "a.crl"),
	    &e), 0);
	assert_int_equal(t.crl_prints.n, 1);
	assert_int_equal(trust_load_lists(&t, folder_file(&folder, "b.crl"),
	    &e), -1);
	assert_non_null(strstr(e.text, "b.crl: revocation list of /CN=B: none "
	    "of the authorities"));
	trust_clear(&t);
}

/* The number of a policy's authorities has an end, over all files. */
static void
test_authorities_have_an_end(void **state)
{
	char *text = issuer_cert_text(a.cert), name[16];
	struct trust t;
	struct err e;

	(void)state;
	for (int i = 0; i < 3; i++) {
		FILE *f;

		snprintf(name, sizeof name, "%d.pem", i);
		f = fopen(folder_file(&folder, name), "w");
		for (int k = 0; k < (i < 2 ? 512 : 1); k++)
			fputs(text, f);
		fclose(f);
	}
	free(text);
	assert_int_equal(trust_load_authorities(&t, folder.path, &e), -1);
	assert_non_null(strstr(e.text, "/2.pem: more than 1024 authorities"));
	trust_clear(&t);
	remove(folder.file);
	assert_int_equal(trust_load_authorities(&t, folder.path, &e), 0);
	assert_int_equal(sk_X509_num(t.authorities), 1024);
	trust_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_directory_is_its_files_by_name, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_every_file_of_a_directory_counts, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_one_bad_file_of_a_directory_is_named, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_prints_are_a_set, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_a_list_of_somebody_else_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_authorities_have_an_end, begin, end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
