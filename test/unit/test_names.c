/*
 * test_names.c - which certificates for this name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cert/names.h"
#include "dice.h"
#include "names_oracle.h"

#define L26	"abcdefghijklmnopqrstuvwxyz"
#define L63	L26 L26 "0123456789_"
#define L64	L63 "z"
#define L191	L63 "." L63 "." L63	/* with L63 behind it: 255 bytes */
#define TEXT(s)	s, sizeof s - 1		/* which may have a NUL inside */

/* Four of the most wanted kind, then two of the next, and so on. */
static const struct cert certs[] = {
	{ .kind = CERT_ECDSA }, { .kind = CERT_ECDSA },
	{ .kind = CERT_ECDSA }, { .kind = CERT_ECDSA },
	{ .kind = CERT_ED25519 }, { .kind = CERT_ED25519 },
	{ .kind = CERT_RSA }, { .kind = CERT_RSA },
	{ .kind = CERT_OTHER }
};

static const struct cert *
cert(int i)
{
	return &certs[i];
}

/* The first of those who would be asked first. */
static const struct cert *
find(const struct names *n, const char *name, size_t len)
{
	const struct name_entry *h = names_exact(n, name, len);

	if (h == NULL)
		h = names_wild(n, name, len);
	return h != NULL ? h->cert : NULL;
}

static enum names_added
add(struct names *n, const char *name, size_t len, int i)
{
	const struct cert *before;

	return names_add(n, name, len, cert(i), &before);
}

static void
test_a_name_finds_its_certificate(void **state)
{
	static const struct {
		const char *added, *asked;
		size_t len;
		bool found;
	} rows[] = {
		/* exact names */
		{ "www.example.com", TEXT("www.example.com"), true },
		{ "www.example.com", TEXT("WWW.Example.COM"), true },
		{ "WWW.Example.COM", TEXT("www.example.com"), true },
		{ "www.example.com", TEXT("www.example.com."), true },
		{ "www.example.com.", TEXT("www.example.com"), true },
		{ "www.example.com", TEXT("www.example.com.."), false },
		{ "www.example.com", TEXT("example.com"), false },
		{ "www.example.com", TEXT(".www.example.com"), false },
		{ "www.example.com", TEXT("ww.example.com"), false },
		{ "www.example.com", TEXT("wwww.example.com"), false },
		{ "www.example.com", TEXT("www.example.co"), false },
		{ "www.example.com", TEXT("www.example.comm"), false },
		{ "www.example.com", TEXT("www.example.com\0"), false },
		{ "www.example.com", TEXT("www.example.com\0.x"), false },
		{ "www.example.com", TEXT("www\0example.com"), false },
		{ "www.example.com", TEXT(" www.example.com"), false },
		{ "www.example.com", TEXT(""), false },
		{ "www.example.com", TEXT("."), false },
		{ L26 ".x", TEXT("ABCDEFGHIJKLMNOPQRSTUVWXYZ.X"), true },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ.X", TEXT(L26 ".x"), true },
		{ "0123456789-_", TEXT("0123456789-_"), true },
		{ "localhost", TEXT("localhost"), true },
		{ "localhost", TEXT("LOCALHOST."), true },
		{ "a_b.example.com", TEXT("a_b.example.com"), true },
		{ "xn--bcher-kva.example", TEXT("xn--bcher-kva.example"),
		    true },
		{ "10.0.0.1.example", TEXT("10.0.0.1.example"), true },
		{ "10.0.0.256", TEXT("10.0.0.256"), true },

		/* a star is exactly one label, the leftmost */
		{ "*.example.com", TEXT("www.example.com"), true },
		{ "*.example.com", TEXT("WWW.EXAMPLE.COM"), true },
		{ "*.EXAMPLE.com", TEXT("www.example.com."), true },
		{ "*.example.com.", TEXT("www.example.com"), true },
		{ "*.example.com", TEXT("w.example.com"), true },
		{ "*.example.com", TEXT(L63 ".example.com"), true },
		{ "*.example.com", TEXT("example.com"), false },
		{ "*.example.com", TEXT(".example.com"), false },
		{ "*.example.com", TEXT("a.b.example.com"), false },
		{ "*.example.com", TEXT("a..example.com"), false },
		{ "*.example.com", TEXT("wwwexample.com"), false },
		{ "*.example.com", TEXT("www.example.org"), false },
		{ "*.example.com", TEXT("www.xexample.com"), false },
		{ "*.example.com", TEXT("www.example.com.."), false },
		{ "*.com", TEXT("example.com"), true },
		{ "*.com", TEXT("com"), false },

		/* and no client can ask for it */
		{ "*.example.com", TEXT("*.example.com"), false },
		{ "*.example.com", TEXT("w*.example.com"), false },
		{ "*.example.com", TEXT("www.*.com"), false },
		{ "*.example.com", TEXT("*"), false },
		{ "www.example.com", TEXT("*.example.com"), false },

		/* as long as names may be */
		{ L191 "." L63, TEXT(L191 "." L63), true },
		{ L191 "." L63, TEXT(L191 "." L63 "."), true },
		{ L191 "." L63 ".", TEXT(L191 "." L63), true },
		{ L191 "." L63, TEXT(L191 "." L63 "x"), false },
		{ L191 "." L63, TEXT(L191 "." L63 ".."), false },
		{ L191 "." L63, TEXT(L191 "." L63 ".x"), false },
		{ "*." L63 "." L63 "." L63, TEXT(L63 "." L191), true },
		{ "*." L63 "." L63 "." L63, TEXT(L64 "." L191), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct names *n = names_new();
		const struct cert *found;

		assert_non_null(n);
		assert_int_equal(add(n, rows[i].added, strlen(rows[i].added),
		    0), NAMES_NEW);
		found = find(n, rows[i].asked, rows[i].len);
		if ((found == cert(0)) != rows[i].found)
			fail_msg("row %zu: \"%s\" for \"%s\"", i,
			    rows[i].asked, rows[i].added);
		names_free(n);
	}
}

static void
test_what_no_client_can_ask_for_is_unusable(void **state)
{
	static const struct {
		const char *name;
		size_t len;
	} rows[] = {
		{ TEXT("") }, { TEXT(".") }, { TEXT("..") }, { TEXT("*") },
		{ TEXT("*.") }, { TEXT("*..") }, { TEXT("*.*") },
		{ TEXT("*.*.example.com") }, { TEXT("www.*.com") },
		{ TEXT("f*.example.com") }, { TEXT("*f.example.com") },
		{ TEXT("**.example.com") }, { TEXT("*example.com") },
		{ TEXT(".example.com") }, { TEXT("*..example.com") },
		{ TEXT("www..example.com") }, { TEXT("www.example.com..") },
		{ TEXT("www.example.com\0") }, { TEXT("www\0.example.com") },
		{ TEXT("\0") }, { TEXT("www.exa mple.com") },
		{ TEXT("www.example.com/") }, { TEXT("user@example.com") },
		{ TEXT("b\303\274cher.example") },
		{ TEXT("www.example.com:1") }, { TEXT("::1") },
		{ TEXT("10.0.0.1") }, { TEXT("255.255.255.255.") },
		{ TEXT(L64 ".com") }, { TEXT("www." L64) }, { TEXT(L64) },
		{ TEXT("x" L191 "." L63) }, { TEXT(L191 "." L63 ".x") },
		{ TEXT(L191 "." L64) }, { TEXT("*." L191 "." L63) },
	};
	struct names *n = names_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (add(n, rows[i].name, rows[i].len, 0) != NAMES_UNUSABLE)
			fail_msg("row %zu: \"%s\"", i, rows[i].name);
		assert_null(find(n, rows[i].name, rows[i].len));
	}
	names_free(n);
	names_free(NULL);
}

static void
test_an_empty_table_has_nothing(void **state)
{
	struct names *n = names_new();

	(void)state;
	assert_null(find(n, "www.example.com", 15));
	names_free(n);
}

static void
test_the_exact_name_comes_before_its_wildcard(void **state)
{
	(void)state;
	for (int exact_first = 0; exact_first < 2; exact_first++) {
		struct names *n = names_new();

		add(n, exact_first ? "www.a.com" : "*.a.com",
		    exact_first ? 9 : 7, exact_first ? 0 : 1);
		add(n, exact_first ? "*.a.com" : "www.a.com",
		    exact_first ? 7 : 9, exact_first ? 1 : 0);
		assert_ptr_equal(find(n, "www.a.com", 9), cert(0));
		assert_ptr_equal(find(n, "ftp.a.com", 9), cert(1));
		names_free(n);
	}
}

static void
test_newcomers_replace_and_are_told_whom(void **state)
{
	static const struct {
		const char *name;
		int cert, before;	/* -1: nobody */
		enum names_added added;
	} rows[] = {
		{ "www.a.com", 0, -1, NAMES_NEW },
		{ "WWW.A.com", 1, 0, NAMES_AGAIN },
		{ "www.a.com.", 2, 1, NAMES_AGAIN },
		/* A CN beside the same SAN is not worth a word. */
		{ "www.a.com", 2, 2, NAMES_NEW },
		{ "*.a.com", 3, -1, NAMES_NEW },
		{ "*.A.com.", 1, 3, NAMES_AGAIN },
		{ "*..a.com", 5, -1, NAMES_UNUSABLE },
	};
	struct names *n = names_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct cert *before = NULL;

		assert_int_equal(names_add(n, rows[i].name,
		    strlen(rows[i].name), cert(rows[i].cert), &before),
		    rows[i].added);
		assert_ptr_equal(before, rows[i].before == -1 ? NULL :
		    cert(rows[i].before));
	}
	assert_ptr_equal(find(n, "www.a.com", 9), cert(2));
	assert_ptr_equal(find(n, "ftp.a.com", 9), cert(1));
	names_free(n);
}

static void
test_one_of_each_kind_has_a_name_in_order_of_preference(void **state)
{
	static const struct {
		int added[6], held[5];	/* ended by -1 */
	} rows[] = {
		{ { 0, -1 }, { 0, -1 } },
		{ { 0, 4, 6, 8, -1 }, { 0, 4, 6, 8, -1 } },
		{ { 8, 6, 4, 0, -1 }, { 0, 4, 6, 8, -1 } },
		{ { 6, 0, 4, -1 }, { 0, 4, 6, -1 } },
		{ { 4, 6, 0, -1 }, { 0, 4, 6, -1 } },
		{ { 6, 7, -1 }, { 7, -1 } },
		{ { 6, 0, 7, -1 }, { 0, 7, -1 } },
		{ { 0, 6, 1, -1 }, { 1, 6, -1 } },
		{ { 0, 4, 6, 5, -1 }, { 0, 5, 6, -1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct names *n = names_new();
		const struct name_entry *h;

		for (int k = 0; rows[i].added[k] >= 0; k++)
			add(n, "*.a.com", 7, rows[i].added[k]);
		h = names_wild(n, "www.a.com", 9);
		assert_ptr_equal(h, names_added_as(n, "*.A.com", 7));
		for (int k = 0; rows[i].held[k] >= 0; k++, h = h->next) {
			assert_non_null(h);
			assert_ptr_equal(h->cert, cert(rows[i].held[k]));
		}
		assert_null(h);
		names_free(n);
	}
}

static void
test_who_comes_beside_another_is_told_whom(void **state)
{
	static const struct {
		int cert, other;
		enum names_added added;
	} rows[] = {
		{ 6, -1, NAMES_NEW }, { 4, 6, NAMES_BESIDE },
		{ 0, 4, NAMES_BESIDE }, { 8, 0, NAMES_BESIDE },
		{ 7, 6, NAMES_AGAIN }, { 5, 4, NAMES_AGAIN },
		{ 1, 0, NAMES_AGAIN }, { 7, 7, NAMES_NEW },
	};
	struct names *n = names_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct cert *other = NULL;

		assert_int_equal(names_add(n, "a.com", 5, cert(rows[i].cert),
		    &other), rows[i].added);
		assert_ptr_equal(other, rows[i].other == -1 ? NULL :
		    cert(rows[i].other));
	}
	names_free(n);
}

static void
test_ten_thousand_names_are_all_found(void **state)
{
	struct names *n = names_new();
	char name[64];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int len = snprintf(name, sizeof name, "%sn%d.example.com",
		    i % 3 == 0 ? "*." : "", i);

		assert_int_equal(add(n, name, (size_t)len, i % 8), NAMES_NEW);
	}
	for (int i = 0; i < 10000; i++) {
		int len = snprintf(name, sizeof name, "%sN%d.example.com",
		    i % 3 == 0 ? "x." : "", i);

		assert_ptr_equal(find(n, name, (size_t)len),
		    cert(i % 8));
	}
	assert_null(find(n, "n10000.example.com", 18));
	names_free(n);
}

/* Few letters, so that names meet often; and now and then a strange one. */
static size_t
random_name(struct dice *d, char *name, size_t max)
{
	static const char some[] = "aAbB*.x-";
	size_t len = 1 + dice_roll(d, 12);

	if (dice_one_in(d, 50))
		len = max - dice_roll(d, 6);
	for (size_t i = 0; i < len; i++)
		name[i] = dice_one_in(d, 3) ? '.' :
		    some[dice_roll(d, sizeof some - 1)];
	if (dice_one_in(d, 3) && len > 2)
		memcpy(name, "*.", 2);
	if (dice_one_in(d, 20))
		name[dice_roll(d, (uint32_t)len)] = (char)dice_roll(d, 256);
	return len;
}

static void
test_a_slow_and_plain_matcher_agrees(void **state)
{
	unsigned met = 0, unusable = 0, again = 0, beside = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 4000; seed++) {
		struct dice d = dice_new(seed);
		struct names *n = names_new();
		struct oracle o = { .n = 0 };
		char name[300];

		for (int i = 0; i < 20; i++) {
			size_t len = random_name(&d, name, 260);
			const struct cert *other = NULL, *wanted;
			const struct cert *c = cert((int)dice_roll(&d, 9));
			enum names_added r = names_add(n, name, len, c,
			    &other);

			assert_int_equal(r == NAMES_UNUSABLE,
			    !oracle_usable(name, len));
			if (r == NAMES_UNUSABLE) {
				unusable++;
				continue;
			}
			assert_int_equal(r, oracle_add(&o, name, len, c,
			    &wanted));
			assert_ptr_equal(other, wanted);
			again += r == NAMES_AGAIN;
			beside += r == NAMES_BESIDE;
		}
		for (int i = 0; i < 100; i++) {
			size_t len = random_name(&d, name, 260);

			assert_true(oracle_agrees_on(&o, n, name, len));
			met += find(n, name, len) != NULL;
		}
		names_free(n);
	}
	/* The dice were not all thrown in vain. */
	assert_true(met > 1000);
	assert_true(unusable > 1000);
	assert_true(again > 100);
	assert_true(beside > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_name_finds_its_certificate),
		cmocka_unit_test(test_what_no_client_can_ask_for_is_unusable),
		cmocka_unit_test(test_an_empty_table_has_nothing),
		cmocka_unit_test(
		    test_the_exact_name_comes_before_its_wildcard),
		cmocka_unit_test(test_newcomers_replace_and_are_told_whom),
		cmocka_unit_test(
		    test_one_of_each_kind_has_a_name_in_order_of_preference),
		cmocka_unit_test(test_who_comes_beside_another_is_told_whom),
		cmocka_unit_test(test_ten_thousand_names_are_all_found),
		cmocka_unit_test(test_a_slow_and_plain_matcher_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
