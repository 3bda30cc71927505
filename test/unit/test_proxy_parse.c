/*
 * test_proxy_parse.c - a header says what it says, and nothing malformed does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "golden.h"
#include "relay/proxy_header.h"

#define SIGNATURE	"\r\n\r\n\0\r\nQUIT\n"
#define INET_BLOCK	"\300\0\2\1\306\63\144\2\x12\x34\1\273"
#define INET6_BLOCK	INET_BLOCK INET_BLOCK INET_BLOCK
#define EIGHT		"12345678"
#define UNIX_BLOCK	INET6_BLOCK INET6_BLOCK INET6_BLOCK INET6_BLOCK \
			INET6_BLOCK INET6_BLOCK

/* Bytes of a literal, NULs within it included. */
#define BYTES(text)	(const uint8_t *)(text), sizeof (text) - 1

static const struct golden {
	const uint8_t *bytes;
	size_t len;
} goldens[] = {
#define GOLDEN(name)	{ golden_ ## name, sizeof golden_ ## name }
	GOLDEN(ipv4), GOLDEN(ipv6), GOLDEN(client_ipv6), GOLDEN(client_ipv4),
	GOLDEN(no_local), GOLDEN(no_cert), GOLDEN(verified), GOLDEN(resumed),
	GOLDEN(refused), GOLDEN(local), GOLDEN(local_tls), GOLDEN(summed),
	{ BYTES("PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n") },
	{ BYTES("PROXY TCP6 2001:db8::1 2001:db8::2 4660 443\r\n") },
	{ BYTES("PROXY UNKNOWN\r\n") },
};
#define GOLDENS	(sizeof goldens / sizeof goldens[0])

/* Parses a copy of the bytes' exact size, so that one more is a crime. */
static enum proxy_parse
parse(const uint8_t *bytes, size_t len, size_t max, struct proxy_parsed *p,
    size_t *used)
{
	uint8_t *copy = malloc(len);
	enum proxy_parse found;

	memcpy(copy, bytes, len);
	found = proxy_header_parse(copy, len, max, p, used);
	free(copy);
	return found;
}

static void
assert_value(struct proxy_value v, const char *want)
{
	assert_int_equal(v.len, strlen(want));
	assert_memory_equal(v.bytes, want, v.len);
}

static void
assert_address(const union addr *a, const char *text, unsigned port)
{
	char buf[INET6_ADDRSTRLEN];

	if (a->family == AF_INET) {
		assert_string_equal(inet_ntop(AF_INET, &a->in.sin_addr, buf,
		    sizeof buf), text);
		assert_int_equal(ntohs(a->in.sin_port), port);
	} else {
		assert_int_equal(a->family, AF_INET6);
		assert_string_equal(inet_ntop(AF_INET6, &a->in6.sin6_addr, buf,
		    sizeof buf), text);
		assert_int_equal(ntohs(a->in6.sin6_port), port);
	}
}

static void
test_every_fact_of_a_whole_header_is_found(void **state)
{
	struct proxy_parsed p;
	size_t used;

	(void)state;
	assert_int_equal(proxy_header_parse(golden_verified,
	    sizeof golden_verified, PROXY_HEADER_MAX, &p, &used),
	    PROXY_PARSE_OK);
	assert_int_equal(used, sizeof golden_verified);
	assert_int_equal(p.version, 2);
	assert_false(p.local);
	assert_address(&p.facts.client, "2001:db8::1", 4660);
	assert_address(&p.facts.local, "2001:db8::2", 443);
	assert_value(p.facts.alpn, "h2");
	assert_value(p.facts.authority, "Www.Example.test");
	assert_value(p.facts.unique_id, "0123456789abcdef");
	assert_value(p.facts.netns, "blue");
	assert_true(p.facts.tls);
	assert_int_equal(p.facts.client_flags, 7);
	assert_int_equal(p.facts.verify, 0);
	assert_value(p.facts.version, "TLSv1.3");
	assert_value(p.facts.cn, "Zo\xc3\xab");
	assert_value(p.facts.cipher, "TLS_AES_256_GCM_SHA384");
	assert_value(p.facts.sig_alg, "ecdsa-with-SHA256");
	assert_value(p.facts.key_alg, "EC256");
	assert_value(p.facts.group, "X25519");
	assert_value(p.facts.sig_scheme, "ecdsa_secp256r1_sha256");
	assert_value(p.facts.client_cert, "0123456789:;<=>?@ABCDEFGHIJKLMNO");
	assert_true(p.has_crc);
	assert_true(p.crc_good);
}

static void
test_version_1_tells_both_addresses(void **state)
{
	struct proxy_parsed p;
	size_t used;

	(void)state;
	assert_int_equal(proxy_header_parse(BYTES(
	    "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\nGET"),
	    PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_OK);
	assert_int_equal(used, 44);
	assert_int_equal(p.version, 1);
	assert_false(p.local);
	assert_address(&p.facts.client, "255.255.255.255", 65535);
	assert_address(&p.facts.local, "0.0.0.0", 0);
	assert_int_equal(proxy_header_parse(BYTES(
	    "PROXY TCP6 FFFF::1 ::ffff:192.0.2.1 1 22\r\n"),
	    PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_OK);
	assert_address(&p.facts.client, "ffff::1", 1);
	assert_address(&p.facts.local, "::ffff:192.0.2.1", 22);
	/* The longest address there is. */
	assert_int_equal(proxy_header_parse(BYTES("PROXY TCP6 "
	    "0000:0000:0000:0000:0000:ffff:255.255.255.255 ::1 1 2\r\n"),
	    PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_OK);
	assert_address(&p.facts.client, "::ffff:255.255.255.255", 1);
}

static void
test_headers_without_addresses_are_taken(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
		bool local, tls;
	} rows[] = {
		{ BYTES("PROXY UNKNOWN\r\n"), true, false },
		{ BYTES("PROXY UNKNOWN \r\n"), true, false },
		{ BYTES("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
		    true, false },
		{ BYTES("PROXY UNKNOWN any \1 thing\r\n"), true, false },
		{ BYTES(SIGNATURE "\x20\0\0\0"), true, false },
		{ BYTES(SIGNATURE "\x21\0\0\0"), false, false },
		/* LOCAL is taken whatever stands in it. */
		{ BYTES(SIGNATURE "\x20\x11\0\x0c" INET_BLOCK), true, false },
		{ BYTES(SIGNATURE "\x20\xff\0\3\1\xff\xff"), true, false },
		{ BYTES(SIGNATURE "\x20\x11\0\3abc"), true, false },
		{ BYTES(SIGNATURE "\x20\0\0\1\1"), true, false },
		{ BYTES(SIGNATURE "\x20\0\0\x0a\1\0\0\x20\0\5\1\0\0\0"),
		    true, false },
		{ BYTES(SIGNATURE "\x20\0\0\x08\x20\0\5\1\0\0\0\1"),
		    true, true },
		{ BYTES(SIGNATURE "\x20\x11\0\x14" INET_BLOCK
		    "\x20\0\5\1\0\0\0\1"), true, true },
		/* PROXY without a family we know the addresses of. */
		{ BYTES(SIGNATURE "\x21\0\0\x08\x20\0\5\1\0\0\0\1"),
		    false, true },
		{ BYTES(SIGNATURE "\x21\x31\0\xd8" UNIX_BLOCK), false, false },
		{ BYTES(SIGNATURE "\x21\x31\0\xe0" UNIX_BLOCK
		    "\x20\0\5\1\0\0\0\1"), false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct proxy_parsed p;
		size_t used;

		assert_int_equal(parse(rows[i].bytes, rows[i].len,
		    PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_OK);
		assert_int_equal(used, rows[i].len);
		assert_int_equal(p.local, rows[i].local);
		assert_int_equal(p.facts.tls, rows[i].tls);
		assert_null(p.facts.alpn.bytes);
		assert_int_equal(p.facts.client.family, AF_UNSPEC);
		assert_int_equal(p.facts.local.family, AF_UNSPEC);
	}
}

static void
test_malformed_headers_are_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *fault;
		const uint8_t *bytes;
		size_t len;
	} rows[] = {
#define V2(fault, rest)	{ fault, BYTES(SIGNATURE rest) }
		V2("the version is not 2", "\x11\x11\0\x0c" INET_BLOCK),
		V2("the version is not 2", "\x31\x11\0\x0c" INET_BLOCK),
		V2("the command is neither LOCAL nor PROXY",
		    "\x22\x11\0\x0c" INET_BLOCK),
		V2("the command is neither LOCAL nor PROXY",
		    "\x2f\x11\0\x0c" INET_BLOCK),
		V2("it speaks of datagrams", "\x21\x12\0\x0c" INET_BLOCK),
		V2("it speaks of datagrams", "\x21\x22\0\x24" INET6_BLOCK),
		V2("it speaks of datagrams", "\x21\x32\0\xd8" UNIX_BLOCK),
#define FAMILY	"the address family or transport is unknown"
		V2(FAMILY, "\x21\x01\0\0"), V2(FAMILY, "\x21\x10\0\0"),
		V2(FAMILY, "\x21\x13\0\x0c" INET_BLOCK),
		V2(FAMILY, "\x21\x20\0\x24" INET6_BLOCK),
		V2(FAMILY, "\x21\x41\0\0"), V2(FAMILY, "\x21\xf1\0\0"),
#define SHORT	"the header is shorter than its addresses"
		V2(SHORT, "\x21\x11\0\0"),
		V2(SHORT, "\x21\x11\0\x0b" INET_BLOCK),
		V2(SHORT, "\x21\x21\0\x23" INET6_BLOCK),
		V2(SHORT, "\x21\x31\0\xd7" UNIX_BLOCK),
#define TLV	"a TLV is longer than the header"
		V2(TLV, "\x21\x11\0\x0d" INET_BLOCK "\1"),
		V2(TLV, "\x21\x11\0\x0e" INET_BLOCK "\1\0"),
		V2(TLV, "\x21\x11\0\x0f" INET_BLOCK "\1\0\1"),
		V2(TLV, "\x21\x11\0\x11" INET_BLOCK "\1\0\3h2"),
		V2(TLV, "\x21\x11\0\x12" INET_BLOCK "\1\0\2h2\4"),
		V2(TLV, "\x21\0\0\3\x41\xff\xff"),
#define CRC	"the checksum is not four bytes"
		V2(CRC, "\x21\x11\0\x12" INET_BLOCK "\3\0\3abc"),
		V2(CRC, "\x21\x11\0\x14" INET_BLOCK "\3\0\5abcde"),
#define SSL	"the SSL TLV is shorter than its flags"
		V2(SSL, "\x21\x11\0\x0f" INET_BLOCK "\x20\0\0"),
		V2(SSL, "\x21\x11\0\x13" INET_BLOCK "\x20\0\4\1\0\0\0"),
#define SUB	"a TLV is longer than the SSL TLV"
		V2(SUB, "\x21\x11\0\x15" INET_BLOCK "\x20\0\6\1\0\0\0\1\x21"),
		V2(SUB, "\x21\x11\0\x1a" INET_BLOCK
		    "\x20\0\x08\1\0\0\0\1\x22\0\1o\0\0"),
		V2("the unique ID is longer than 128 bytes",
		    "\x21\x11\0\x90" INET_BLOCK "\5\0\x81"
		    EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT
		    EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT "9"),
#define V1(fault, line)	{ fault, BYTES("PROXY " line) }
#define CRLF	"the line does not end in CR and LF"
		V1(CRLF, "TCP4 192.0.2.1 198.51.100.2 1 2\n"),
		V1(CRLF, "TCP4 192.0.2.1 198.51.100.2 1 2\rX"),
		V1(CRLF, "TCP4 192.0.2.1 198.51.100.2 1 2\n\r"),
		V1(CRLF, "UNKNOWN\r\r\n"), V1(CRLF, "UNKNOWN \n\r\n"),
#define PROTOCOL	"the protocol is not TCP4, TCP6 or UNKNOWN"
		V1(PROTOCOL, "\r\n"), V1(PROTOCOL, " UNKNOWN\r\n"),
		V1(PROTOCOL, "UNKNOWNS\r\n"), V1(PROTOCOL, "unknown\r\n"),
		V1(PROTOCOL, "UDP4 192.0.2.1 198.51.100.2 1 2\r\n"),
		V1(PROTOCOL, "TCP 192.0.2.1 198.51.100.2 1 2\r\n"),
		V1(PROTOCOL, "TCP4\t192.0.2.1 198.51.100.2 1 2\r\n"),
#define CLIENT	"the client's address is malformed"
		V1(CLIENT, "TCP4\r\n"), V1(CLIENT, "TCP4 \r\n"),
		V1(CLIENT, "TCP4 192.0.2.1\0 198.51.100.2 1 2\r\n"),
		V1(CLIENT, "TCP4  192.0.2.1 198.51.100.2 1 2\r\n"),
		V1(CLIENT, "TCP4 192.0.02.1 198.51.100.2 1 2\r\n"),
		V1(CLIENT, "TCP4 192.0.2.256 198.51.100.2 1 2\r\n"),
		V1(CLIENT, "TCP4 192.0.2 198.51.100.2 1 2\r\n"),
		V1(CLIENT, "TCP4 192.0.2.1.1 198.51.100.2 1 2\r\n"),
		V1(CLIENT, "TCP4 0xc0.0.2.1 198.51.100.2 1 2\r\n"),
		V1(CLIENT, "TCP4 ::1 ::1 1 2\r\n"),
		V1(CLIENT, "TCP6 192.0.2.1 192.0.2.2 1 2\r\n"),
		V1(CLIENT, "TCP6 2001::db8::1 ::1 1 2\r\n"),
		V1(CLIENT, "TCP6 fe80::1%lo ::1 1 2\r\n"),
		V1(CLIENT, "TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n"),
		V1(CLIENT, "TCP6 12345::1 ::1 1 2\r\n"),
		V1(CLIENT, "TCP6 [::1] ::1 1 2\r\n"),
		V1(CLIENT, "TCP6 0000:0000:0000:0000:0000:0000:0000:0000:0 "
		    "::1 1 2\r\n"),
		V1(CLIENT, "TCP6 0000:0000:0000:0000:0000:ffff:255.255.255.2555"
		    " ::1 1 2\r\n"),
#define LOCAL	"the local address is malformed"
		V1(LOCAL, "TCP4 192.0.2.1\r\n"),
		V1(LOCAL, "TCP4 192.0.2.1  1 2\r\n"),
		V1(LOCAL, "TCP4 192.0.2.1 ::1 1 2\r\n"),
#define PORT	"the client's port is malformed"
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2  2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2 01 2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2 00 2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2 +1 2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2 -1 2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2 65536 2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2 100000 2\r\n"),
		V1(PORT, "TCP4 192.0.2.1 198.51.100.2 a 2\r\n"),
#define LOCAL_PORT	"the local port is malformed"
		V1(LOCAL_PORT, "TCP4 192.0.2.1 198.51.100.2 1\r\n"),
		V1(LOCAL_PORT, "TCP4 192.0.2.1 198.51.100.2 1 \r\n"),
		V1(LOCAL_PORT, "TCP4 192.0.2.1 198.51.100.2 1 99999\r\n"),
		V1("something follows the ports",
		    "TCP4 192.0.2.1 198.51.100.2 1 2 \r\n"),
		V1("something follows the ports",
		    "TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n"),
#define TOO_LONG	"the line is too long"
		V1(TOO_LONG, "UNKNOWN " INET6_BLOCK INET6_BLOCK EIGHT EIGHT
		    "12345\r\n"),
		V1(TOO_LONG, INET6_BLOCK INET6_BLOCK EIGHT EIGHT
		    "1234567890123"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct proxy_parsed p;
		size_t used;

		if (parse(rows[i].bytes, rows[i].len, PROXY_HEADER_MAX, &p,
		    &used) != PROXY_PARSE_BAD)
			fail_msg("row %zu: %s", i, rows[i].fault);
		assert_string_equal(p.fault, rows[i].fault);
	}
}

static void
test_what_is_no_header_is_none_at_once(void **state)
{
	static const struct golden rows[] = {
		{ BYTES("G") }, { BYTES("PO") }, { BYTES("PROXy") },
		{ BYTES("PROXY\t") }, { BYTES("PROXY\n") }, { BYTES("\n") },
		{ BYTES("\r\nG") }, { BYTES("\r\n\r\n\0\r\nQUIT\r") },
		{ BYTES("\x16") }, { BYTES("\0") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct proxy_parsed p;
		size_t used, n = rows[i].len;

		assert_int_equal(parse(rows[i].bytes, n, PROXY_HEADER_MAX, &p,
		    &used), PROXY_PARSE_NONE);
		if (n > 1)
			assert_int_equal(parse(rows[i].bytes, n - 1,
			    PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_MORE);
	}
}

static void
test_a_header_cut_anywhere_wants_more_but_never_too_much(void **state)
{
	struct proxy_parsed p;
	size_t used;

	(void)state;
	assert_int_equal(proxy_header_parse(NULL, 0, PROXY_HEADER_MAX, &p,
	    &used), PROXY_PARSE_MORE);
	for (size_t i = 0; i < GOLDENS; i++) {
		for (size_t n = 1; n < goldens[i].len; n++) {
			assert_int_equal(parse(goldens[i].bytes, n,
			    PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_MORE);
			assert_in_range(used, n + 1, goldens[i].len);
		}
		assert_int_equal(parse(goldens[i].bytes, goldens[i].len,
		    PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_OK);
		assert_int_equal(used, goldens[i].len);
	}
}

static void
test_a_header_is_no_longer_than_the_caller_allows(void **state)
{
	struct proxy_parsed p;
	size_t used;

	(void)state;
	for (size_t i = 0; i < GOLDENS; i++)
		for (size_t max = 0; max < goldens[i].len + 2; max++)
			assert_int_equal(parse(goldens[i].bytes,
			    goldens[i].len, max, &p, &used),
			    max < goldens[i].len ? PROXY_PARSE_BAD :
			    PROXY_PARSE_OK);
}

static void
test_one_wrong_bit_spoils_the_checksum(void **state)
{
	uint8_t bytes[sizeof golden_verified];
	unsigned good = 0, bad = 0;
	struct proxy_parsed p;
	size_t used;

	(void)state;
	for (size_t i = 0; i < 8 * sizeof bytes; i++) {
		memcpy(bytes, golden_verified, sizeof bytes);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		if (parse(bytes, sizeof bytes, PROXY_HEADER_MAX, &p, &used) !=
		    PROXY_PARSE_OK || !p.has_crc)
			continue;
		good += p.crc_good;
		bad += !p.crc_good;
	}
	assert_int_equal(good, 0);
	assert_true(bad > 4 * sizeof bytes);
}

static void
test_of_two_equal_tlvs_the_first_counts(void **state)
{
	static const char bytes[] = SIGNATURE "\x21\0\0\x21"
	    "\1\0\1a" "\1\0\1b" "\x20\0\5\1\0\0\0\7" "\x20\0\5\0\0\0\0\x09"
	    "\4\0\0" "\4\0\3xyz";
	struct proxy_parsed p;
	struct proxy_value v;
	size_t used, at = 0, n = 0;
	uint8_t type;

	(void)state;
	assert_int_equal(proxy_header_parse((const uint8_t *)bytes,
	    sizeof bytes - 1, PROXY_HEADER_MAX, &p, &used), PROXY_PARSE_OK);
	assert_value(p.facts.alpn, "a");
	assert_true(p.facts.tls);
	assert_int_equal(p.facts.verify, 7);
	while (proxy_tlv_next(&p.tlvs, &at, &type, &v))
		n++;
	assert_int_equal(n, 6);
	assert_int_equal(type, PROXY_NOOP);
	assert_value(v, "xyz");
}

static void
test_a_sub_tlv_outside_of_ssl_is_nobodys_name(void **state)
{
	struct proxy_parsed p;
	size_t used;

	(void)state;
	assert_int_equal(proxy_header_parse(BYTES(SIGNATURE "\x21\0\0\x10"
	    "\x22\0\1x" "\x20\0\x09\1\0\0\0\7\2\0\1y"), PROXY_HEADER_MAX, &p,
	    &used), PROXY_PARSE_OK);
	assert_null(p.facts.cn.bytes);
	assert_null(p.facts.authority.bytes);
}

/* Fields of a value, and bytes for it that differ between fields. */
static const size_t values[] = {
	offsetof(struct proxy_facts, alpn),
	offsetof(struct proxy_facts, authority),
	offsetof(struct proxy_facts, unique_id),
	offsetof(struct proxy_facts, netns),
	offsetof(struct proxy_facts, ja4),
	offsetof(struct proxy_facts, version),
	offsetof(struct proxy_facts, cn),
	offsetof(struct proxy_facts, cipher),
	offsetof(struct proxy_facts, sig_alg),
	offsetof(struct proxy_facts, key_alg),
	offsetof(struct proxy_facts, group),
	offsetof(struct proxy_facts, sig_scheme),
	offsetof(struct proxy_facts, client_cert)
};
#define VALUES		(sizeof values / sizeof values[0])

static struct proxy_value *
value_at(struct proxy_facts *f, size_t i)
{
	return (struct proxy_value *)((char *)f + values[i]);
}

static void
roll_address(union addr *a, bool four)
{
	memset(a, 0, sizeof *a);
	if (four) {
		a->in.sin_family = AF_INET;
		a->in.sin_addr.s_addr = (in_addr_t)random();
		a->in.sin_port = (in_port_t)random();
		return;
	}
	a->in6.sin6_family = AF_INET6;
	for (size_t i = 0; i < 16; i++)
		a->in6.sin6_addr.s6_addr[i] = (uint8_t)random();
	a->in6.sin6_addr.s6_addr[0] = 0x20;	/* not mapped */
	a->in6.sin6_port = (in_port_t)random();
}

/* Facts that a header can say as they are. */
static void
roll_facts(struct proxy_facts *f, const uint8_t *bytes, size_t size)
{
	long dice = random();
	size_t most = size / 2;

	memset(f, 0, sizeof *f);
	if (dice % 8 != 0) {
		roll_address(&f->client, dice % 2 == 0);
		roll_address(&f->local, dice % 2 == 0);
	}
	f->tls = (dice >> 8) % 4 != 0;
	if (f->tls) {
		f->client_flags = (uint8_t)(1 | ((dice >> 12) & 6));
		f->verify = f->client_flags == 1 ? 1 + (uint32_t)random() : 0;
	}
	for (size_t i = 0; i < VALUES; i++) {
		if (random() % 3 == 0 || (i > 4 && !f->tls) ||
		    (f->verify != 0 && (values[i] ==
		    offsetof(struct proxy_facts, cn) || values[i] ==
		    offsetof(struct proxy_facts, client_cert))))
			continue;
		value_at(f, i)->bytes = bytes + (size_t)random() % most;
		value_at(f, i)->len = (size_t)random() % (i == 2 ? 129 : most);
	}
}

static void
assert_same_facts(struct proxy_facts *a, struct proxy_facts *b)
{
	assert_memory_equal(&a->client, &b->client, sizeof a->client);
	assert_memory_equal(&a->local, &b->local, sizeof a->local);
	assert_int_equal(a->tls, b->tls);
	assert_int_equal(a->client_flags, b->client_flags);
	assert_int_equal(a->verify, b->verify);
	for (size_t i = 0; i < VALUES; i++) {
		struct proxy_value *v = value_at(a, i), *w = value_at(b, i);

		assert_int_equal(v->bytes == NULL, w->bytes == NULL);
		assert_int_equal(v->len, w->len);
		if (v->len > 0)
			assert_memory_equal(v->bytes, w->bytes, v->len);
	}
}

static void
test_what_is_written_is_what_is_read(void **state)
{
	static const struct proxy_form all = { .want = { PROXY_CRC32C,
	    PROXY_ALPN, PROXY_AUTHORITY, PROXY_UNIQUE_ID, PROXY_SSL_VERSION,
	    PROXY_SSL_CIPHER, PROXY_SSL_SIG_ALG, PROXY_SSL_KEY_ALG,
	    PROXY_SSL_GROUP, PROXY_SSL_SIG_SCHEME, PROXY_SSL_CLIENT_CERT,
	    PROXY_NETNS, PROXY_JA4 }, .limit = SIZE_MAX };
	static uint8_t bytes[600], header[14 * 300 + 200];
	struct proxy_facts f;
	struct proxy_parsed p;
	size_t n, used;

	(void)state;
	srandom(20260401);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)random();
	for (int i = 0; i < 20000; i++) {
		roll_facts(&f, bytes, sizeof bytes);
		n = proxy_header_v2(&f, &all, header, sizeof header, NULL);
		assert_int_equal(proxy_header_parse(header, n, n, &p, &used),
		    PROXY_PARSE_OK);
		assert_int_equal(used, n);
		assert_int_equal(p.local, f.client.family == AF_UNSPEC);
		assert_true(p.has_crc && p.crc_good);
		assert_same_facts(&f, &p.facts);
	}
}

static void
test_lines_are_read_as_they_were_written(void **state)
{
	struct proxy_facts f = { .tls = false };
	struct proxy_parsed p;
	char line[PROXY_V1_MAX];
	size_t n, used;

	(void)state;
	srandom(20260402);
	for (int i = 0; i < 20000; i++) {
		roll_address(&f.client, i % 2 == 0);
		roll_address(&f.local, i % 2 == 0);
		n = proxy_header_v1(&f, line, sizeof line);
		assert_int_equal(proxy_header_parse((const uint8_t *)line, n,
		    n, &p, &used), PROXY_PARSE_OK);
		assert_int_equal(used, n);
		assert_same_facts(&f, &p.facts);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fact_of_a_whole_header_is_found),
		cmocka_unit_test(test_version_1_tells_both_addresses),
		cmocka_unit_test(test_headers_without_addresses_are_taken),
		cmocka_unit_test(
		    test_malformed_headers_are_refused_with_a_sentence),
		cmocka_unit_test(
		    test_what_is_no_header_is_none_at_once),
		cmocka_unit_test(
		    test_a_header_cut_anywhere_wants_more_but_never_too_much),
		cmocka_unit_test(
		    test_a_header_is_no_longer_than_the_caller_allows),
		cmocka_unit_test(test_one_wrong_bit_spoils_the_checksum),
		cmocka_unit_test(test_of_two_equal_tlvs_the_first_counts),
		cmocka_unit_test(test_a_sub_tlv_outside_of_ssl_is_nobodys_name),
		cmocka_unit_test(test_what_is_written_is_what_is_read),
		cmocka_unit_test(test_lines_are_read_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
