/*
 * test_addr.c - text to socket address and back.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"

static const struct {
	const char *text, *host, *port;
} good[] = {
	{ "[*]:443", "", "443" },
	{ "*:443", "", "443" },
	{ ":443", "", "443" },
	{ "[]:443", "", "443" },
	{ "[::]:443", "::", "443" },
	{ "[::1]:8443", "::1", "8443" },
	{ "[fe80::1%eth0]:1", "fe80::1%eth0", "1" },
	{ "[::ffff:192.0.2.1]:80", "::ffff:192.0.2.1", "80" },
	{ "[192.0.2.1]:443", "192.0.2.1", "443" },
	{ "192.0.2.1:443", "192.0.2.1", "443" },
	{ "localhost:https", "localhost", "https" },
	{ "[a-b.example]:http-alt", "a-b.example", "http-alt" },
	{ "h:0", "h", "0" },
	{ "h:65535", "h", "65535" },
	{ "h:00443", "h", "00443" },
};

static void
test_hosts_and_ports_are_told_apart(void **state)
{
	char *host, *port;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (addr_split(good[i].text, &host, &port, &e) == -1)
			fail_msg("%s", e.text);
		assert_string_equal(host, good[i].host);
		assert_string_equal(port, good[i].port);
		free(host);
		free(port);
	}
}

static void
test_what_is_no_address_is_refused_by_name(void **state)
{
	static const char *const bad[] = {
		"", "443", "localhost", "*", "[::1]", "[::1]443", "[::1",
		"[::1]:", "h:", ":", "[", "[]", "]:443", "::1:443",
		"2001:db8::1", "h:443:443", "h:65536", "h:99999", "h:100000",
		"h:000000443", "h:-1", "h:+1", "h: 443", "h:443 ", "h:4 43",
		"h:http/1", "h:\x80", "a b:443", "a/b:443", "/run/x:443",
		"\"h\":443", "h\n:443", "h\x7f:443", "[[::1]]:443",
		"[::1]:443:1", "[a]b:443", "h:-", "h:_x",
	};
	char *host, *port;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		e.text[0] = '\0';
		if (addr_split(bad[i], &host, &port, &e) == 0)
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_non_null(strstr(e.text, bad[i]));
		assert_int_equal(e.kind, ERR_CONFIG);
	}
}

static void
test_very_long_text_is_refused(void **state)
{
	static char text[100000];
	char *host, *port;
	struct err e;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	assert_int_equal(addr_split(text, &host, &port, &e), -1);
	memcpy(text + sizeof text - 5, ":443", 4);
	assert_int_equal(addr_split(text, &host, &port, &e), -1);
	memset(text, 'a', sizeof text - 1);
	memcpy(text, "h:", 2);
	assert_int_equal(addr_split(text, &host, &port, &e), -1);
	text[0] = '[';
	assert_int_equal(addr_split(text, &host, &port, &e), -1);
}

static const struct {
	const char *host, *port, *text;
} numeric[] = {
	{ "192.0.2.1", "443", "192.0.2.1:443" },
	{ "2001:db8::1", "443", "[2001:db8::1]:443" },
	{ "::", "0", "[::]:0" },
	{ "0.0.0.0", "65535", "0.0.0.0:65535" },
	{ "fe80::1%1", "25", "[fe80::1%1]:25" },
};

static void
test_numbers_become_addresses_and_text_again(void **state)
{
	struct endpoints all;
	char text[ADDR_TEXT];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof numeric / sizeof numeric[0]; i++) {
		if (addr_to_bind(numeric[i].host, numeric[i].port, &all,
		    &e) == -1)
			fail_msg("%s", e.text);
		assert_int_equal(all.n, 1);
		endpoint_text(&all.at[0], text, sizeof text);
		assert_string_equal(text, numeric[i].text);
		endpoints_free(&all);
		assert_int_equal(addr_to_connect(numeric[i].host,
		    numeric[i].port, &all, &e), 0);
		endpoint_text(&all.at[0], text, sizeof text);
		assert_string_equal(text, numeric[i].text);
		endpoints_free(&all);
	}
}

/* Which of the two families exists here is the kernel's business. */
static void
test_no_host_means_every_address_to_bind(void **state)
{
	static const char *const any[] = { NULL, "", "*" };
	struct endpoints all;
	char text[ADDR_TEXT];
	struct err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(addr_to_bind(any[i], "443", &all, &e), 0);
		assert_true(all.n == 1 || all.n == 2);
		for (size_t k = 0; k < all.n; k++) {
			endpoint_text(&all.at[k], text, sizeof text);
			assert_true(strcmp(text, "0.0.0.0:443") == 0 ||
			    strcmp(text, "[::]:443") == 0);
		}
		if (all.n == 2)
			assert_false(endpoint_equal(&all.at[0], &all.at[1]));
		endpoints_free(&all);
	}
}

static void
test_no_address_comes_twice(void **state)
{
	struct endpoints all;
	struct err e;

	(void)state;
	assert_int_equal(addr_to_connect("localhost", "80", &all, &e), 0);
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(endpoint_equal(&all.at[i], &all.at[k]));
	endpoints_free(&all);
}

static void
test_what_cannot_be_resolved_is_named(void **state)
{
	struct endpoints all;
	struct err e;

	(void)state;
	/* An empty label: judged here, without asking any server. */
	assert_int_equal(addr_to_connect("no..such.host", "80", &all,
	    &e), -1);
	assert_non_null(strstr(e.text, "no..such.host"));
	assert_int_equal(e.kind, ERR_BIND);
	assert_int_equal(addr_to_bind("192.0.2.1", "no-such-port", &all, &e),
	    -1);
	assert_non_null(strstr(e.text, "no-such-port"));
	assert_int_equal(e.kind, ERR_CONFIG);
}

static void
test_a_path_becomes_an_address_unless_it_is_too_long(void **state)
{
	char path[sizeof((struct sockaddr_un *)0)->sun_path + 1];
	char text[ENDPOINT_TEXT];
	struct endpoints all;
	struct err e;

	(void)state;
	memset(path, 'p', sizeof path);
	path[0] = '/';
	path[sizeof path - 2] = '\0';
	assert_int_equal(addr_unix(path, &all, &e), 0);
	assert_int_equal(all.n, 1);
	assert_string_equal(endpoint_text(&all.at[0], text, sizeof text),
	    path);
	endpoints_free(&all);
	path[sizeof path - 2] = 'p';
	path[sizeof path - 1] = '\0';
	assert_int_equal(addr_unix(path, &all, &e), -1);
	assert_int_equal(addr_unix("", &all, &e), -1);
	assert_int_equal(all.n, 0);
}

static struct endpoint
endpoint_of(const char *host, const char *port)
{
	struct endpoints all;
	struct endpoint one;
	struct err e;

	if ((host[0] == '/' ? addr_unix(host, &all, &e) :
	    addr_to_bind(host, port, &all, &e)) == -1)
		fail_msg("%s", e.text);
	one = all.at[0];
	endpoints_free(&all);
	return one;
}

static void
test_only_the_same_place_is_equal(void **state)
{
	const struct endpoint places[] = {
		endpoint_of("192.0.2.1", "443"), endpoint_of("192.0.2.1", "80"),
		endpoint_of("192.0.2.2", "443"), endpoint_of("::1", "443"),
		endpoint_of("::1", "80"), endpoint_of("::2", "443"),
		endpoint_of("fe80::1%1", "443"),
		endpoint_of("fe80::1%2", "443"),
		endpoint_of("/run/a", NULL), endpoint_of("/run/ab", NULL),
	};
	const size_t n = sizeof places / sizeof places[0];

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			assert_int_equal(endpoint_equal(&places[i],
			    &places[k]), i == k);
}

static void
test_padding_and_flow_labels_make_no_difference(void **state)
{
	struct endpoint a = endpoint_of("192.0.2.1", "443"), b = a;

	(void)state;
	memset(b.addr.in.sin_zero, 0xff, sizeof b.addr.in.sin_zero);
	assert_true(endpoint_equal(&a, &b));
	a = b = endpoint_of("::1", "443");
	b.addr.in6.sin6_flowinfo = 1;
	assert_true(endpoint_equal(&a, &b));
}

static void
test_addresses_of_other_families_are_unknown(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[ADDR_TEXT];
	union addr a;

	(void)state;
	memset(&a, 0xff, sizeof a);
	addr_from(&a, (struct sockaddr *)&un);
	assert_int_equal(a.family, AF_UNSPEC);
	assert_string_equal(addr_text(&a, text, sizeof text), "-");
}

static void
test_the_longest_address_has_room(void **state)
{
	union addr a = { .in6 = { .sin6_family = AF_INET6,
	    .sin6_port = 0xffff, .sin6_scope_id = UINT32_MAX } };
	char text[ADDR_TEXT];

	(void)state;
	memset(&a.in6.sin6_addr, 0xfe, sizeof a.in6.sin6_addr);
	assert_string_equal(addr_text(&a, text, sizeof text),
	    "[fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe%4294967295]:65535");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts_and_ports_are_told_apart),
		cmocka_unit_test(test_what_is_no_address_is_refused_by_name),
		cmocka_unit_test(test_very_long_text_is_refused),
		cmocka_unit_test(test_numbers_become_addresses_and_text_again),
		cmocka_unit_test(test_no_host_means_every_address_to_bind),
		cmocka_unit_test(test_no_address_comes_twice),
		cmocka_unit_test(test_what_cannot_be_resolved_is_named),
		cmocka_unit_test(
		    test_a_path_becomes_an_address_unless_it_is_too_long),
		cmocka_unit_test(test_only_the_same_place_is_equal),
		cmocka_unit_test(
		    test_padding_and_flow_labels_make_no_difference),
		cmocka_unit_test(test_addresses_of_other_families_are_unknown),
		cmocka_unit_test(test_the_longest_address_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
