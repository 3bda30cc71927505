/*
 * test_cidr.c - a range has those in it that it says, and nobody else.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cidr.h"
#include "dice.h"

static union addr
addr_of(const char *text)
{
	union addr a = { .family = AF_UNSPEC };

	if (inet_pton(AF_INET, text, &a.in.sin_addr) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, text, &a.in6.sin6_addr) == 1)
		a.family = AF_INET6;
	return a;
}

static bool
has(const char *range, const char *who)
{
	const union addr a = addr_of(who);
	struct cidrs all;
	struct err e;
	bool there;

	if (cidrs_read(&all, (char *[]){ (char *)range }, 1, &e) != 0)
		fail_msg("%s", e.text);
	there = cidrs_have(&all, &a);
	cidrs_free(&all);
	return there;
}

static void
test_a_range_has_its_first_and_its_last_and_not_the_next(void **state)
{
	static const struct {
		const char *range, *first, *last, *before, *after;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.6",
		    "192.0.2.8" },
		{ "192.0.2.7/32", "192.0.2.7", "192.0.2.7", "192.0.2.6",
		    "192.0.2.8" },
		{ "192.0.2.0/24", "192.0.2.0", "192.0.2.255", "192.0.1.255",
		    "192.0.3.0" },
		{ "192.0.2.128/25", "192.0.2.128", "192.0.2.255",
		    "192.0.2.127", "192.0.3.0" },
		{ "10.0.0.0/8", "10.0.0.0", "10.255.255.255",
		    "9.255.255.255", "11.0.0.0" },
		{ "128.0.0.0/1", "128.0.0.0", "255.255.255.255",
		    "127.255.255.255", "0.0.0.0" },
		{ "2001:db8::/32", "2001:db8::", "2001:db8:ffff::ffff",
		    "2001:db7:ffff::", "2001:db9::" },
		{ "2001:db8::8/125", "2001:db8::8", "2001:db8::f",
		    "2001:db8::7", "2001:db8::10" },
		{ "::1", "::1", "::1", "::", "::2" },
		{ "::ffff:192.0.2.0/120", "192.0.2.0", "192.0.2.255",
		    "192.0.1.255", "192.0.3.0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(has(rows[i].range, rows[i].first));
		assert_true(has(rows[i].range, rows[i].last));
		assert_false(has(rows[i].range, rows[i].before));
		assert_false(has(rows[i].range, rows[i].after));
	}
}

static void
test_the_families_are_two_but_a_mapped_address_is_ipv4(void **state)
{
	(void)state;
	assert_true(has("0.0.0.0/0", "255.1.2.3"));
	assert_true(has("0.0.0.0/0", "::ffff:192.0.2.1"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_true(has("::/0", "2001:db8::1"));
	assert_false(has("::/0", "192.0.2.1"));
	assert_false(has("::/0", "::ffff:192.0.2.1"));
	assert_true(has("::ffff:0:0/96", "192.0.2.1"));
	assert_true(has("192.0.2.1", "::ffff:192.0.2.1"));
}

static void
test_who_has_no_address_is_nowhere(void **state)
{
	(void)state;
	assert_false(has("0.0.0.0/0", "no address"));
	assert_false(has("::/0", "no address"));
}

static void
test_an_empty_list_has_nobody(void **state)
{
	const union addr a = addr_of("192.0.2.1");
	struct cidrs none = { 0 };
	struct err e;

	(void)state;
	assert_false(cidrs_have(&none, &a));
	assert_int_equal(cidrs_read(&none, NULL, 0, &e), 0);
	assert_false(cidrs_have(&none, &a));
	cidrs_free(&none);
}

static void
test_any_of_a_list_will_do(void **state)
{
	char *const list[] = { (char[]){ "192.0.2.1" },
	    (char[]){ "2001:db8::/64" }, (char[]){ "10.0.0.0/8" } };
	const union addr in = addr_of("10.1.1.1"), out = addr_of("11.1.1.1");
	struct cidrs all;
	struct err e;

	(void)state;
	assert_int_equal(cidrs_read(&all, list, 3, &e), 0);
	assert_int_equal(all.n, 3);
	assert_true(cidrs_have(&all, &in));
	assert_false(cidrs_have(&all, &out));
	cidrs_free(&all);
}

static void
test_what_is_no_range_is_refused_by_name(void **state)
{
	static const char *const bad[] = {
		"", "/", "/8", "x", "localhost", "10", "10/8", "10.0.0/8",
		"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8",
		"10.0.0.0/ 8", "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0.0/08",
		"10.0.0.0/00", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0",
		"10.0.0.0/8x", "10.0.0.0/4294967304", "010.0.0.0/8",
		"256.0.0.0/8", "::/129", "::/1000", "fe80::1%lo", "[::1]",
		"[::1]/128", "::1::/8", "2001:db8:/32", "12345::/16",
		"192.0.2.1:443", "unix", "*",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8",
	};
	struct cidr c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		e.text[0] = '\0';
		if (cidr_read(&c, bad[i], &e) == 0)
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_non_null(strstr(e.text, bad[i]));
		assert_int_equal(e.kind, ERR_CONFIG);
	}
}

static void
test_bits_that_do_not_count_are_refused_with_the_remedy(void **state)
{
	static const struct {
		const char *text, *remedy;
	} rows[] = {
		{ "10.1.2.3/8", "write 10.0.0.0/8," },
		{ "192.0.2.1/31", "write 192.0.2.0/31," },
		{ "0.0.0.1/0", "write 0.0.0.0/0," },
		{ "2001:db8::1/32", "write 2001:db8::/32," },
		{ "2001:db8::ff/121", "write 2001:db8::80/121," },
		{ "::ffff:10.1.2.3/104", "write ::ffff:10.0.0.0/104," },
	};
	struct cidr c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(cidr_read(&c, rows[i].text, &e), -1);
		assert_non_null(strstr(e.text, rows[i].remedy));
	}
}

static void
test_one_bad_range_spoils_the_list(void **state)
{
	char *const list[] = { (char[]){ "192.0.2.1" },
	    (char[]){ "192.0.2.1/33" } };
	struct cidrs all;
	struct err e;

	(void)state;
	assert_int_equal(cidrs_read(&all, list, 2, &e), -1);
	assert_non_null(strstr(e.text, "192.0.2.1/33"));
	assert_null(all.at);
}

static bool
bit(const struct in6_addr *a, unsigned i)
{
	return (a->s6_addr[i / 8] & 0x80u >> i % 8) != 0;
}

/* Against a judge that looks at one bit after the other. */
static void
test_a_slow_judge_says_the_same(void **state)
{
	struct dice d = dice_new(7);

	(void)state;
	for (int turn = 0; turn < 20000; turn++) {
		union addr net = { .family = AF_INET6 }, who = net;
		unsigned bits = (unsigned)dice_roll(&d, 129);
		bool same = true;
		struct cidr one;
		struct cidrs all = { &one, 1 };

		dice_fill(&d, net.in6.sin6_addr.s6_addr, 16);
		net.in6.sin6_addr.s6_addr[0] = 0x20;
		who.in6.sin6_addr = net.in6.sin6_addr;
		who.in6.sin6_addr.s6_addr[dice_roll(&d, 16)] ^=
		    (uint8_t)(1u << dice_roll(&d, 8));
		for (unsigned i = 0; i < bits; i++)
			same = same && bit(&net.in6.sin6_addr, i) ==
			    bit(&who.in6.sin6_addr, i);
		one = (struct cidr){ net, bits };
		assert_int_equal(cidrs_have(&all, &who), same);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_range_has_its_first_and_its_last_and_not_the_next),
		cmocka_unit_test(
		    test_the_families_are_two_but_a_mapped_address_is_ipv4),
		cmocka_unit_test(test_who_has_no_address_is_nowhere),
		cmocka_unit_test(test_an_empty_list_has_nobody),
		cmocka_unit_test(test_any_of_a_list_will_do),
		cmocka_unit_test(test_what_is_no_range_is_refused_by_name),
		cmocka_unit_test(
		    test_bits_that_do_not_count_are_refused_with_the_remedy),
		cmocka_unit_test(test_one_bad_range_spoils_the_list),
		cmocka_unit_test(test_a_slow_judge_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
