/*
 * test_pem.c - certificates out of files as people have them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "folder.h"
#include "issuer.h"
#include "keys/pem.h"
#include "no_prompt.h"

#define MAX	4

static struct folder folder;
static UI_METHOD *nobody;
static struct test_cert test_cert[3];		/* 'a', 'b', 'c' */
static char *block[128];		/* pieces of files by their letter */

/* ------------------------------------------------- pieces -------------- */

/* A copy in which one text stands for another. */
static char *
change(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *new;

	assert_non_null(at);
	assert_int_not_equal(asprintf(&new, "%.*s%s%s", (int)(at - text),
	    text, to, at + strlen(from)), -1);
	return new;
}

/* The same under another name. */
static char *
renamed(const char *text, const char *name)
{
	const char *from = strstr(text, "BEGIN ") + 6;
	char was[2][64], begin[64], finish[64], *half, *whole;
	int len = (int)strcspn(from, "-");

	snprintf(was[0], sizeof was[0], "BEGIN %.*s-", len, from);
	snprintf(was[1], sizeof was[1], "END %.*s-", len, from);
	snprintf(begin, sizeof begin, "BEGIN %s-", name);
	snprintf(finish, sizeof finish, "END %s-", name);
	half = change(text, was[0], begin);
	whole = change(half, was[1], finish);
	free(half);
	return whole;
}

/* Another letter in the middle: base64 as ever, but no certificate. */
static char *
damage(const char *text, char with)
{
	char *new = strdup(text), *at = new + strlen(new) / 2;

	assert_non_null(new);
	at += *at == '\n';
	*at = with != 0 ? with : *at == 'A' ? 'B' : 'A';
	/* Where the length of the whole stands. */
	if (with == 0)
		memcpy(strchr(new, '\n') + 1, "AAAA", 4);
	return new;
}

static char *
with_crlf(const char *text)
{
	char *new = calloc(2, strlen(text) + 1), *to = new;

	assert_non_null(new);
	for (; *text != '\0'; *to++ = *text++)
		if (*text == '\n')
			*to++ = '\r';
	return new;
}

static int
set_up(void **state)
{
	static const char *const cns[] = { "a", "b", "c" };

	(void)state;
	if (folder_make(&folder) != 0 || (nobody = no_prompt_new()) == NULL)
		return -1;
	for (int i = 0; i < 3; i++) {
		test_cert[i] = issuer_name(cns[i], NULL);
		block['a' + i] = issuer_cert_text(test_cert[i].cert);
	}
	block['k'] = issuer_key_text(test_cert[0].key, NULL, false);
	block['o'] = issuer_key_text(test_cert[0].key, NULL, true);
	block['e'] = issuer_key_text(test_cert[0].key, EVP_aes_128_cbc(),
	    false);
	block['E'] = issuer_key_text(test_cert[0].key, EVP_aes_128_cbc(), true);
	block['R'] = renamed(block['k'], "RSA PRIVATE KEY");
	block['D'] = renamed(block['k'], "DSA PRIVATE KEY");
	block['x'] = damage(block['b'], '!');
	block['y'] = damage(block['b'], 0);
	block['z'] = strndup(block['b'], strlen(block['b']) / 2);
	block['v'] = strndup(block['b'], strlen(block['b']) -
	    strlen("-----END CERTIFICATE-----\n"));
	block['w'] = change(block['b'], "END CERTIFICATE", "END CERTIFICATES");
	block['r'] = with_crlf(block['b']);
	block['t'] = strdup("subject=CN = a\n \xc3\xa9t\xc3\xa9 --- -----\n\n");
	block['P'] = change(block['b'], "CERTIFICATE-----\n",
	    "CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\n");
	block['q'] = damage(block['k'], '!');
	block['j'] = strndup(block['o'], strlen(block['o']) / 2);
	block['X'] = renamed(block['b'], "X509 CERTIFICATE");
	block['i'] = strdup("-----BEGIN DH PARAMETERS-----\nMAYCAQcCAQI=\n"
	    "-----END DH PARAMETERS-----\n");
	block['m'] = strdup("-----BEGIN CERTIFICATE-----\n"
	    "-----END CERTIFICATE-----\n");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof block / sizeof *block; i++)
		free(block[i]);
	for (int i = 0; i < 3; i++)
		issuer_free(&test_cert[i]);
	UI_destroy_method(nobody);
	return folder_remove(&folder);
}

/* A file of these pieces. */
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

/* Whether a text in PEM is this block's bytes. */
static bool
encodes(const char *text, const struct pem_block *b)
{
	BIO *in = BIO_new_mem_buf(text, -1);
	char *name, *header;
	unsigned char *der;
	long len;
	bool same;

	assert_int_equal(PEM_read_bio(in, &name, &header, &der, &len), 1);
	same = (size_t)len == b->len && memcmp(der, b->der, b->len) == 0 &&
	    strcmp(name, b->name) == 0;
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(in);
	return same;
}

/* ------------------------------------------------- facts --------------- */

static void
test_every_certificate_comes_out_in_order(void **state)
{
	static const struct {
		const char *pieces, *certs;
	} rows[] = {
		{ "a", "a" }, { "abc", "abc" }, { "cba", "cba" },
		{ "abca", "abca" },			/* MAX of them */
		{ "aa", "aa" },
		{ "ka", "a" }, { "ak", "a" }, { "akb", "ab" },
		{ "oab", "ab" }, { "ia", "a" }, { "aib", "ab" },
		{ "ta", "a" }, { "tatktb", "ab" }, { "at", "a" },
		{ "rc", "bc" }, { "X", "b" }, { "aXc", "abc" },
		/* Whose key is encrypted has certificates all the same. */
		{ "ea", "a" }, { "Ea", "a" }, { "aEbe", "ab" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = compose(rows[i].pieces);
		struct err e = { .text = "" };
		STACK_OF(X509) *all = pem_certs(file, MAX, &e);

		if (all == NULL)
			fail_msg("%s: %s", rows[i].pieces, e.text);
		assert_int_equal(sk_X509_num(all), strlen(rows[i].certs));
		for (int k = 0; k < sk_X509_num(all); k++)
			assert_int_equal(X509_cmp(sk_X509_value(all, k),
			    test_cert[rows[i].certs[k] - 'a'].cert), 0);
		sk_X509_pop_free(all, X509_free);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(prompts, 0);
}

/* Certificates and the first key come out of one reading. */
static void
test_the_first_key_comes_out_with_its_kind(void **state)
{
	static const struct {
		const char *pieces;
		enum pem_kind kind;
		const char *key;	/* whose DER it is; NULL: locked */
	} rows[] = {
		{ "a", PEM_TEXT, "" }, { "ia", PEM_TEXT, "" },
		{ "ak", PEM_KEY, "k" }, { "kab", PEM_KEY, "k" },
		{ "ao", PEM_EC_KEY, "o" }, { "iao", PEM_EC_KEY, "o" },
		{ "ako", PEM_KEY, "k" }, { "aok", PEM_EC_KEY, "o" },
		{ "aR", PEM_RSA_KEY, "R" }, { "aD", PEM_OTHER_KEY, "D" },
		{ "ae", PEM_LOCKED_KEY, NULL }, { "aE", PEM_LOCKED_KEY, NULL },
		{ "aek", PEM_LOCKED_KEY, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = compose(rows[i].pieces);
		bool has_key = rows[i].kind != PEM_TEXT;
		struct err e = { .text = "" };
		struct pem p, k;

		if (pem_read(&p, file, MAX, &e) != 0)
			fail_msg("%s: %s", rows[i].pieces, e.text);
		assert_int_equal(p.key.kind, rows[i].kind);
		assert_int_equal(p.key.der != NULL, has_key);
		assert_true(file_id_matches_path(&p.stamp, file));
		if (has_key && rows[i].key != NULL)
			assert_true(encodes(block[(int)*rows[i].key],
			    &p.key));
		assert_int_equal(pem_read_key(&k, file, &e), has_key ? 0 : -1);
		if (has_key) {
			assert_int_equal(k.n, 0);
			assert_int_equal(k.key.kind, p.key.kind);
			assert_int_equal(k.key.len, p.key.len);
			assert_memory_equal(k.key.der, p.key.der, k.key.len);
			pem_clear(&k);
		}
		pem_clear(&p);
		assert_int_equal(ERR_peek_error(), 0);
	}
	assert_int_equal(prompts, 0);
}

static void
test_a_key_file_is_read_no_further_than_its_key(void **state)
{
	static const struct {
		const char *pieces;
		bool good;
	} rows[] = {
		{ "kx", true }, { "kq", true }, { "abcabk", true },
		{ "qk", false }, { "xk", false }, { "zk", false },
		{ "i", false }, { "a", false }, { "", false }, { "t", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = compose(rows[i].pieces);
		struct err e = { .text = "" };
		struct pem p;

		if ((pem_read_key(&p, file, &e) == 0) != rows[i].good)
			fail_msg("%s: %s", rows[i].pieces, e.text);
		if (rows[i].good)
			pem_clear(&p);
		else
			assert_non_null(strstr(e.text, "file.pem: no usable "
			    "private key"));
	}
}

static void
test_a_file_that_is_not_all_good_is_refused(void **state)
{
	static const struct {
		const char *pieces, *why;
	} rows[] = {
		{ "", "no certificate in it" },
		{ "t", "no certificate in it" },
		{ "k", "no certificate in it" },
		{ "e", "no certificate in it" },
		{ "i", "no certificate in it" },
		{ "abcab", "more than 4 certificates" },
		{ "x", "certificate 1 is damaged" },
		{ "ax", "certificate 2 is damaged" },
		{ "xa", "certificate 1 is damaged" },
		{ "kaxc", "certificate 2 is damaged" },
		{ "y", "certificate 1 is damaged" },
		{ "ayc", "certificate 2 is damaged" },
		{ "z", "certificate 1 is damaged" },
		{ "az", "certificate 2 is damaged" },
		{ "abv", "certificate 3 is damaged" },
		{ "zc", "certificate 1 is damaged" },
		{ "aw", "certificate 2 is damaged" },
		/* What is damaged may be something else. */
		{ "q", "the private key is damaged" },
		{ "aq", "the private key is damaged" },
		{ "qa", "the private key is damaged" },
		{ "atj", "the private key is damaged" },
		{ "m", "certificate 1 is damaged" },
		{ "am", "certificate 2 is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = compose(rows[i].pieces);
		struct err e = { .text = "" };
		char want[256];

		snprintf(want, sizeof want, "%s: %s", file, rows[i].why);
		if (pem_certs(file, MAX, &e) != NULL)
			fail_msg("%s: taken", rows[i].pieces);
		assert_string_equal(e.text, want);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

/* Else a start at boot, or a reload, would wait at a prompt for ever. */
static void
test_nobody_is_asked_for_a_passphrase(void **state)
{
	const char *file = compose("aP");
	struct err e = { .text = "" };

	(void)state;
	assert_null(pem_certs(file, MAX, &e));
	assert_non_null(strstr(e.text, "certificate 2 is damaged"));
	assert_int_equal(prompts, 0);
}

/* Wherever in a block the copy broke off: never fewer of them in silence. */
static void
test_a_truncated_file_is_refused_wherever_it_ends(void **state)
{
	const char *whole = compose("abc");
	size_t size = strlen(block['a']), all = size + strlen(block['b']) +
	    strlen(block['c']);
	char text[3 * 4096];
	FILE *f = fopen(whole, "r");

	(void)state;
	assert_int_equal(fread(text, 1, sizeof text, f), all);
	fclose(f);
	for (size_t n = 0; n < all; n++) {
		/* What is cut in a BEGIN line is text between blocks. */
		bool in_begin = n < 27 || (n >= size && n < size + 27) ||
		    (n >= all - strlen(block['c']) &&
		    n < all - strlen(block['c']) + 27);
		/* A last line needs no end of line. */
		bool whole_blocks = n == size - 1 || n == all - 1 ||
		    n == all - strlen(block['c']) - 1;
		struct err e;
		STACK_OF(X509) *got;

		if (in_begin || whole_blocks)
			continue;
		got = pem_certs(folder_write(&folder, "cut.pem", text, n),
		    MAX, &e);
		if (got != NULL)
			fail_msg("%d certificates of %zu bytes",
			    sk_X509_num(got), n);
		assert_non_null(strstr(e.text, "is damaged"));
	}
}

static void
test_what_is_no_regular_file_is_refused_without_waiting(void **state)
{
	static const struct {
		const char *name, *why;
		enum err_kind kind;
	} rows[] = {
		{ "nothing.pem", "No such file", ERR_NO_FILE },
		{ "", "not a regular file", ERR_CONFIG },	/* the folder */
		{ "fifo", "not a regular file", ERR_CONFIG },
		{ "huge", "not a regular file", ERR_CONFIG },
		{ "loop", "symbolic links", ERR_CONFIG },
		{ "file.pem/x", "Not a directory", ERR_CONFIG },
	};
	struct err e;

	(void)state;
	compose("a");
	assert_int_equal(mkfifo(folder_file(&folder, "fifo"), 0600), 0);
	assert_non_null(folder_write(&folder, "huge", block['a'],
	    strlen(block['a'])));
	assert_int_equal(truncate(folder.file, (8 << 20) + 1), 0);
	assert_int_equal(symlink("loop", folder_file(&folder, "loop")), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = folder_file(&folder, rows[i].name);

		assert_null(pem_certs(file, MAX, &e));
		assert_int_equal(e.kind, rows[i].kind);
		assert_ptr_equal(strstr(e.text, file), e.text);
		assert_non_null(strstr(e.text, rows[i].why));
	}
	assert_null(pem_certs("/dev/zero", MAX, &e));
	assert_non_null(strstr(e.text, "/dev/zero: not a regular file"));
}

static void
test_a_file_that_may_not_be_read_says_so(void **state)
{
	const char *file = compose("a");
	struct err e;

	(void)state;
	if (geteuid() == 0)
		skip();
	assert_int_equal(chmod(file, 0), 0);
	assert_null(pem_certs(file, MAX, &e));
	assert_non_null(strstr(e.text, "Permission denied"));
	chmod(file, 0600);
}

/* The longest file there may be, by its other name. */
static void
test_links_and_large_files_are_read(void **state)
{
	struct err e;
	STACK_OF(X509) *all;
	char target[sizeof folder.file];

	(void)state;
	snprintf(target, sizeof target, "%s", compose("ab"));
	assert_int_equal(truncate(target, 8 << 20), 0);
	assert_int_equal(symlink(target, folder_file(&folder, "link")), 0);
	all = pem_certs(folder.file, MAX, &e);
	assert_int_equal(sk_X509_num(all), 2);
	sk_X509_pop_free(all, X509_free);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_certificate_comes_out_in_order),
		cmocka_unit_test(test_the_first_key_comes_out_with_its_kind),
		cmocka_unit_test(
		    test_a_key_file_is_read_no_further_than_its_key),
		cmocka_unit_test(test_a_file_that_is_not_all_good_is_refused),
		cmocka_unit_test(test_nobody_is_asked_for_a_passphrase),
		cmocka_unit_test(
		    test_a_truncated_file_is_refused_wherever_it_ends),
		cmocka_unit_test(
		    test_what_is_no_regular_file_is_refused_without_waiting),
		cmocka_unit_test(test_a_file_that_may_not_be_read_says_so),
		cmocka_unit_test(test_links_and_large_files_are_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
