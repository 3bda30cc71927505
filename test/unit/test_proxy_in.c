/*
 * test_proxy_in.c - a header is taken whole and alone, or not at all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faulty_sockets.h"
#include "golden.h"
#include "pair.h"
#include "serve/conn_header.h"

#define SIGNATURE	"\r\n\r\n\0\r\nQUIT\n"
#define INET_BLOCK	"\300\0\2\1\306\63\144\2\x12\x34\1\273"
#define V1_LINE		"PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n"
#define HELLO		"\x16\3\1 and so on"

#define BYTES(text)	(const uint8_t *)(text), sizeof (text) - 1

static int fd[2];	/* ours, the balancer's */
static struct proxy_in in;

static int
set_up(void **state)
{
	(void)state;
	faulty_clear();
	in = (struct proxy_in){ 0 };
	return pair_tcp(fd, 0) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	proxy_in_clear(&in);
	close(fd[0]);
	if (fd[1] != -1)
		close(fd[1]);
	return 0;
}

/* Another connection, for tests that need many. */
static void
again(void **state)
{
	tear_down(state);
	assert_int_equal(set_up(state), 0);
}

static void
says(const void *bytes, size_t len)
{
	assert_int_equal(write(fd[1], bytes, len), len);
}

static void
hangs_up(void)
{
	close(fd[1]);
	fd[1] = -1;
}

/* A close that the other side gets to know as an error. */
static void
resets(void)
{
	const struct linger now = { 1, 0 };

	setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &now, sizeof now);
	hangs_up();
}

static bool
wakes(int patience)
{
	struct pollfd p = { .fd = fd[0], .events = POLLIN };

	return poll(&p, 1, patience) == 1;
}

/* Reads when the kernel says so, as the loop does. */
static enum io
reads(void)
{
	assert_true(wakes(20000));
	return proxy_in_read(&in, fd[0]);
}

static void
assert_rest(const void *bytes, size_t len)
{
	uint8_t rest[1000];

	assert_int_equal(read(fd[0], rest, sizeof rest), len);
	assert_memory_equal(rest, bytes, len);
}

static void
assert_addresses(const struct origin *o)
{
	assert_int_equal(o->client.family, AF_INET);
	assert_int_equal(o->client.in.sin_addr.s_addr, htonl(0xc0000201));
	assert_int_equal(o->client.in.sin_port, htons(4660));
	assert_int_equal(o->local.in.sin_addr.s_addr, htonl(0xc6336402));
	assert_int_equal(o->local.in.sin_port, htons(443));
}

static const struct good {
	const uint8_t *bytes;
	size_t len;
	bool addressed, local;
	const char *id;
} goods[] = {
	{ BYTES(V1_LINE), true, false, "" },
	{ BYTES("PROXY UNKNOWN\r\n"), false, true, "" },
	{ BYTES("PROXY UNKNOWN 1.2.3.4 x\r\n"), false, true, "" },
	{ BYTES(SIGNATURE "\x21\x11\0\x0c" INET_BLOCK), true, false, "" },
	{ BYTES(SIGNATURE "\x20\0\0\0"), false, true, "" },
	{ BYTES(SIGNATURE "\x20\x11\0\x0c" INET_BLOCK), false, true, "" },
	/* NLB: the endpoint's id, and bytes that only fill up. */
	{ BYTES(SIGNATURE "\x21\x11\0\x1d" INET_BLOCK "\xea\0\5\1vpce"
	    "\4\0\6\0\0\0\0\0\0"), true, false, "" },
	{ BYTES(SIGNATURE "\x20\0\0\x0b" "\xea\0\5\1vpce" "\4\0\0"), false,
	    true, "" },
	{ BYTES(SIGNATURE "\x21\x11\0\x12" INET_BLOCK "\5\0\3abc"), true,
	    false, "abc" },
	{ BYTES(SIGNATURE "\x20\0\0\6\5\0\3abc"), false, true, "abc" },
	/* Families that hold no address of ours. */
	{ BYTES(SIGNATURE "\x21\0\0\0"), false, false, "" },
	{ BYTES(SIGNATURE "\x21\0\0\6\5\0\3abc"), false, false, "abc" },
};
#define GOODS	(sizeof goods / sizeof goods[0])

static void
assert_taken(const struct good *g)
{
	assert_non_null(in.origin);
	assert_int_equal(in.local, g->local);
	assert_int_equal(in.origin->id_len, strlen(g->id));
	assert_memory_equal(in.origin->id, g->id, strlen(g->id));
	if (g->addressed)
		assert_addresses(in.origin);
	else
		assert_int_equal(in.origin->client.family, AF_UNSPEC);
}

static void
test_exactly_the_header_is_taken(void **state)
{
	for (size_t i = 0; i < GOODS; i++) {
		const struct good *g = &goods[i];
		uint8_t bytes[PROXY_IN_MAX];

		memcpy(bytes, g->bytes, g->len);
		memcpy(bytes + g->len, HELLO, sizeof HELLO);
		says(bytes, g->len + sizeof HELLO);
		assert_int_equal(reads(), IO_OK);
		assert_taken(g);
		assert_rest(HELLO, sizeof HELLO);
		again(state);
	}
}

static void
test_a_header_alone_is_enough(void **state)
{
	for (size_t i = 0; i < GOODS; i++) {
		says(goods[i].bytes, goods[i].len);
		assert_int_equal(reads(), IO_OK);
		assert_taken(&goods[i]);
		again(state);
	}
}

/* The kernel keeps the first part, and does not wake us for nothing. */
static void
test_a_header_may_be_split_anywhere(void **state)
{
	for (size_t i = 0; i < GOODS; i++)
		for (size_t n = 1; n < goods[i].len; n++) {
			says(goods[i].bytes, n);
			assert_int_equal(reads(), IO_WAIT);
			assert_false(in.early);
			assert_null(in.origin);
			assert_false(wakes(0));
			says(goods[i].bytes + n, goods[i].len - n);
			assert_int_equal(reads(), IO_OK);
			assert_taken(&goods[i]);
			says("x", 1);
			assert_true(wakes(20000));
			assert_rest("x", 1);
			again(state);
		}
}

static void
test_a_header_may_come_byte_by_byte(void **state)
{
	for (size_t i = 0; i < GOODS; i++) {
		enum io io = IO_WAIT;

		for (size_t n = 0; n < goods[i].len; n++) {
			assert_int_equal(io, IO_WAIT);
			says(goods[i].bytes + n, 1);
			if (wakes(0))
				io = reads();
		}
		if (io == IO_WAIT)
			io = reads();
		assert_int_equal(io, IO_OK);
		assert_taken(&goods[i]);
		again(state);
	}
}

static void
test_ipv6_and_a_checksum_are_taken(void **state)
{
	char text[INET6_ADDRSTRLEN];

	(void)state;
	says(golden_verified, sizeof golden_verified);
	assert_int_equal(reads(), IO_OK);
	assert_int_equal(in.origin->client.family, AF_INET6);
	assert_string_equal(inet_ntop(AF_INET6,
	    &in.origin->client.in6.sin6_addr, text, sizeof text),
	    "2001:db8::1");
	assert_int_equal(in.origin->id_len, 16);
	assert_memory_equal(in.origin->id, "0123456789abcdef", 16);
}

static void
test_a_wrong_checksum_is_refused(void **state)
{
	uint8_t bytes[sizeof golden_summed];

	(void)state;
	memcpy(bytes, golden_summed, sizeof bytes);
	bytes[sizeof bytes - 1] ^= 1;
	says(bytes, sizeof bytes);
	assert_int_equal(reads(), IO_ERROR);
	assert_int_equal(in.end, END_PROXY_CHECKSUM);
	again(state);
	/* Who takes LOCAL for anything still has to count right. */
	says(BYTES(SIGNATURE "\x20\0\0\7\3\0\4abcd"));
	assert_int_equal(reads(), IO_ERROR);
	assert_int_equal(in.end, END_PROXY_CHECKSUM);
}

static void
test_what_is_no_header_is_refused(void **state)
{
	static const struct {
		enum end_reason end;
		const uint8_t *bytes;
		size_t len;
	} rows[] = {
		{ END_PROXY_MISSING, BYTES(HELLO) },
		{ END_PROXY_MISSING, BYTES("GET / HTTP/1.1\r\n\r\n") },
		{ END_PROXY_MISSING, BYTES("\r\n\r\n\0\r\nQUIT\r") },
		{ END_PROXY_MISSING, BYTES("proxy TCP4") },
		{ END_PROXY_MISSING, BYTES(" " V1_LINE) },
		{ END_PROXY_BAD, BYTES("PROXY TCP5 1.2.3.4 5.6.7.8 1 2\r\n") },
		{ END_PROXY_BAD, BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n") },
		{ END_PROXY_BAD, BYTES(SIGNATURE "\x11\x11\0\x0c") },
		{ END_PROXY_BAD, BYTES(SIGNATURE "\x21\x12\0\x0c") },
		{ END_PROXY_BAD, BYTES(SIGNATURE "\x21\x11\0\x0b") },
		{ END_PROXY_BAD, BYTES(SIGNATURE "\x21\x11\0\x0f" INET_BLOCK
		    "\1\0\1") },
		/* One byte more than we take, and as many as there could be. */
		{ END_PROXY_BAD, BYTES(SIGNATURE "\x21\x11\2\x19") },
		{ END_PROXY_BAD, BYTES(SIGNATURE "\x20\0\2\x19") },
		{ END_PROXY_BAD, BYTES(SIGNATURE "\x21\x11\xff\xff") },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		says(rows[i].bytes, rows[i].len);
		assert_int_equal(reads(), IO_ERROR);
		assert_int_equal(in.end, rows[i].end);
		assert_non_null(proxy_in_refusal(in.end, &in));
		assert_null(in.origin);
		again(state);
	}
}

static void
test_the_longest_header_is_taken_and_no_longer_one(void **state)
{
	uint8_t bytes[PROXY_IN_MAX + 1] = SIGNATURE "\x21\x11\2\x18" INET_BLOCK
	    "\4\2\x09";

	(void)state;
	says(bytes, PROXY_IN_MAX - 1);
	assert_int_equal(reads(), IO_WAIT);
	assert_false(wakes(0));
	says("\0x", 2);
	assert_int_equal(reads(), IO_OK);
	assert_addresses(in.origin);
	assert_rest("x", 1);
	again(state);
	memset(bytes, 'x', sizeof bytes);
	memcpy(bytes, "PROXY UNKNOWN ", 14);
	says(bytes, 106);
	assert_int_equal(reads(), IO_ERROR);
	assert_int_equal(in.end, END_PROXY_BAD);
}

static void
test_a_look_whether_we_listen_is_no_refusal(void **state)
{
	hangs_up();
	assert_int_equal(reads(), IO_ERROR);
	assert_int_equal(in.end, END_HEALTH_CHECK);
	assert_null(proxy_in_refusal(in.end, &in));
	again(state);
	resets();
	assert_int_equal(reads(), IO_ERROR);
	assert_int_equal(in.end, END_HEALTH_CHECK);
}

static void
test_an_end_within_a_header_is_a_refusal(void **state)
{
	static void (*const ends[])(void) = { hangs_up, resets };

	for (size_t i = 0; i < GOODS; i++)
		for (size_t n = 1; n < goods[i].len; n++) {
			says(goods[i].bytes, n);
			hangs_up();
			assert_int_equal(reads(), IO_ERROR);
			assert_int_equal(in.end, END_PROXY_CUT);
			again(state);
		}
	for (int i = 0; i < 2; i++) {
		says(BYTES("PROXY "));
		assert_int_equal(reads(), IO_WAIT);
		ends[i]();
		assert_int_equal(reads(), IO_ERROR);
		assert_int_equal(in.end, END_PROXY_CUT);
		again(state);
	}
}

/* Sockets that know of no least: we must not spin, but come back later. */
static void
test_who_is_woken_early_does_not_spin(void **state)
{
	(void)state;
	close(fd[0]);
	close(fd[1]);
	assert_true(pair_unix(fd, 0));
	says(BYTES("PROXY TCP4 192.0.2"));
	assert_int_equal(reads(), IO_WAIT);
	assert_false(in.early);
	assert_int_equal(reads(), IO_WAIT);
	assert_true(in.early);
	says(BYTES(".1 198.51.100.2 4660 443\r\n"));
	assert_int_equal(reads(), IO_OK);
	assert_false(in.early);
	assert_addresses(in.origin);
}

static void
test_a_call_that_is_interrupted_is_made_again(void **state)
{
	(void)state;
	faulty.recv_fails[0] = faulty.recv_fails[1] = EINTR;
	says(BYTES(V1_LINE));
	assert_int_equal(reads(), IO_OK);
	assert_addresses(in.origin);
}

static void
test_nothing_yet_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(proxy_in_read(&in, fd[0]), IO_WAIT);
	assert_int_equal(in.low_water, 0);
	assert_false(in.early);
}

int
main(void)
{
#define IN_TEST(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IN_TEST(test_exactly_the_header_is_taken),
		IN_TEST(test_a_header_alone_is_enough),
		IN_TEST(test_a_header_may_be_split_anywhere),
		IN_TEST(test_a_header_may_come_byte_by_byte),
		IN_TEST(test_ipv6_and_a_checksum_are_taken),
		IN_TEST(test_a_wrong_checksum_is_refused),
		IN_TEST(test_what_is_no_header_is_refused),
		IN_TEST(test_the_longest_header_is_taken_and_no_longer_one),
		IN_TEST(test_a_look_whether_we_listen_is_no_refusal),
		IN_TEST(test_an_end_within_a_header_is_a_refusal),
		IN_TEST(test_who_is_woken_early_does_not_spin),
		IN_TEST(test_a_call_that_is_interrupted_is_made_again),
		IN_TEST(test_nothing_yet_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
