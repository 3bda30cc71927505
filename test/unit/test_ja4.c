/*
 * test_ja4.c - the JA4 fingerprint of a ClientHello.
 *
 * The lists, in the order in which they were sent, and the fingerprints are
 * what FoxIO's repository publishes of its captures (python/test/testdata),
 * and the rows of the protocol's name those of its specification.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tls/ja4.h"

/* A ClientHello under construction. */
struct hello {
	uint8_t bytes[1 << 16];
	size_t len;
};

static void
put(struct hello *h, size_t value, int bytes)
{
	while (bytes-- > 0)
		h->bytes[h->len++] = (uint8_t)(value >> 8 * bytes);
}

/* Fills in the length of so many bytes that stands before start. */
static void
end(struct hello *h, size_t start, int bytes)
{
	struct hello at = { .len = 0 };

	put(&at, h->len - start, bytes);
	memcpy(h->bytes + start - bytes, at.bytes, (size_t)bytes);
}

static size_t
begin(struct hello *h, int bytes)
{
	put(h, 0, bytes);
	return h->len;
}

/* "1301,c02b", each behind the one before. */
static void
put_codes(struct hello *h, const char *text)
{
	char *next;

	for (; *text != '\0'; text = *next == ',' ? next + 1 : next)
		put(h, strtoul(text, &next, 16), 2);
}

struct sent {
	unsigned version;
	const char *suites;
	const char *extensions;		/* NULL: not even an empty list */
	const char *versions, *schemes;
	const char *alpn;
	size_t alpn_len;
};

static void
put_content(struct hello *h, const struct sent *s, unsigned type)
{
	size_t start, inner;

	switch (type) {
	case 0x0d:
		start = begin(h, 2);
		put_codes(h, s->schemes);
		end(h, start, 2);
		break;
	case 0x2b:
		start = begin(h, 1);
		put_codes(h, s->versions);
		end(h, start, 1);
		break;
	case 0x10:
		start = begin(h, 2);
		if (s->alpn != NULL) {
			inner = begin(h, 1);
			memcpy(h->bytes + h->len, s->alpn, s->alpn_len);
			h->len += s->alpn_len;
			end(h, inner, 1);
			put(h, 0x026833, 3);	/* a second one: "h3" */
		}
		end(h, start, 2);
		break;
	}
}

static void
put_extensions(struct hello *h, const struct sent *s)
{
	size_t all = begin(h, 2), one;
	const char *text = s->extensions;
	char *next;

	for (; *text != '\0'; text = *next == ',' ? next + 1 : next) {
		unsigned type = (unsigned)strtoul(text, &next, 16);

		put(h, type, 2);
		one = begin(h, 2);
		put_content(h, s, type);
		end(h, one, 2);
	}
	end(h, all, 2);
}

static void
make(struct hello *h, const struct sent *s)
{
	size_t body, list;

	h->len = 0;
	put(h, 1, 1);
	body = begin(h, 3);
	put(h, s->version, 2);
	memset(h->bytes + h->len, 7, 32);
	h->len += 32;
	put(h, 0, 1);
	list = begin(h, 2);
	put_codes(h, s->suites);
	end(h, list, 2);
	put(h, 0x0100, 2);
	if (s->extensions != NULL)
		put_extensions(h, s);
	end(h, body, 3);
}

/* The bytes at the end of a block of their own: ASan sees who reads on. */
static bool
print_of(const struct hello *h, size_t len, char out[JA4_LEN + 1])
{
	uint8_t *own = malloc(len + (len == 0));
	bool known;

	assert_non_null(own);
	memcpy(own, h->bytes, len);
	known = ja4_of(out, own, len);
	free(own);
	return known;
}

static void
assert_print(const struct sent *s, const char *wanted)
{
	static struct hello h;
	char ja4[JA4_LEN + 1];

	make(&h, s);
	assert_true(print_of(&h, h.len, ja4));
	assert_string_equal(ja4, wanted);
}

#define CHROME	"1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,"	\
    "c014,009c,009d,002f,0035"
#define SCHEMES	"0403,0804,0401,0503,0805,0501,0806,0601"

static void
test_published_captures_give_the_published_fingerprints(void **state)
{
	static const struct {
		struct sent sent;
		const char *ja4;
	} rows[] = {
		/* tls-sni.pcapng, streams 0, 5 and 6; the noise is ours */
		{ { 0x0303, "3a3a," CHROME, "5a5a,ff01,0033,002d,0005,4469,"
		    "000d,0010,0023,001b,002b,0000,0012,000a,0017,000b,fafa,"
		    "0015", "baba,0304,0303", SCHEMES, "h2", 2 },
		    "t13d1516h2_8daaf6152771_e5627efa2ab1" },
		{ { 0x0303, CHROME, "000d,0033,0000,ff01,002b,0023,002d,0005,"
		    "0012,000b,0017,4469,0010,001b,000a,0015", "0304,0303",
		    SCHEMES, "http/1.1", 8 },
		    "t13d1516h1_8daaf6152771_e5627efa2ab1" },
		{ { 0x0303, CHROME, "0033,002b,001b,0000,0012,002d,000d,000a,"
		    "0005,0023,0017,ff01,000b,0015", "0304,0303", SCHEMES,
		    NULL, 0 }, "t13d151400_8daaf6152771_de4a06bb82e3" },
		/* sigalg-grease.pcapng */
		{ { 0x0303, CHROME, "fe0d,0010,0017,0033,44cd,ff01,000a,000d,"
		    "0023,002b,000b,ca34,002d,0000,0005,001b,0012",
		    "0303,0304", "2a2a,0904,0905,0906," SCHEMES, "h2", 2 },
		    "t13d1517h2_8daaf6152771_cb7bf5808d99" },
		/* badcurveball.pcap */
		{ { 0x0303, CHROME ",000a", "0000,0017,ff01,000a,000b,0023,"
		    "0010,0005,000d,0012,0033,002d,002b,001b,0015",
		    "0304", SCHEMES ",0201", "h2", 2 },
		    "t13d1615h2_46e7e9700bed_45f260be83e2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_print(&rows[i].sent, rows[i].ja4);
}

static void
assert_head(const struct sent *s, const char *wanted)
{
	static struct hello h;
	char ja4[JA4_LEN + 1];

	make(&h, s);
	assert_true(print_of(&h, h.len, ja4));
	ja4[strlen(wanted)] = '\0';
	assert_string_equal(ja4, wanted);
}

static void
test_the_first_protocol_gives_two_letters(void **state)
{
	static const struct {
		const char *alpn;
		size_t len;
		const char *wanted;
	} rows[] = {
		{ "h2", 2, "t12i0101h2" }, { "http/1.1", 8, "t12i0101h1" },
		{ "x", 1, "t12i0101xx" }, { "", 0, "t12i010100" },
		{ NULL, 0, "t12i010100" },
		{ "\xab", 1, "t12i0101ab" }, { "\xab\xcd", 2, "t12i0101ad" },
		{ "\x20\x61", 2, "t12i010121" },
		{ "0\xab", 2, "t12i01013b" }, { "01\xab\xcd", 4, "t12i01013d" },
		{ "0\xab\xcd""1", 4, "t12i010101" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_head(&(struct sent){ 0x0303, "c02b", "0010", "", "",
		    rows[i].alpn, rows[i].len }, rows[i].wanted);
}

static void
test_the_version_is_the_highest_offered(void **state)
{
	(void)state;
	assert_head(&(struct sent){ 0x0303, "1", "2b", "0303,0304,fafa", "",
	    NULL, 0 }, "t13i0101");
	assert_head(&(struct sent){ 0x0303, "1", "2b", "0302,0303", "", NULL,
	    0 }, "t12i0101");
	assert_head(&(struct sent){ 0x0303, "1", "2b", "", "", NULL, 0 },
	    "t12i0101");
	assert_head(&(struct sent){ 0x0302, "1", "0", "", "", NULL, 0 },
	    "t11d0101");
	assert_head(&(struct sent){ 0x0301, "1", "0", "", "", NULL, 0 },
	    "t10d0101");
	assert_head(&(struct sent){ 0x0300, "1", "0", "", "", NULL, 0 },
	    "ts3d0101");
	assert_head(&(struct sent){ 0x0505, "1", "0", "", "", NULL, 0 },
	    "t00d0101");
}

static void
test_an_empty_list_has_no_hash(void **state)
{
	(void)state;
	assert_print(&(struct sent){ 0x0303, "", NULL, "", "", NULL, 0 },
	    "t12i000000_000000000000_000000000000");
	assert_print(&(struct sent){ 0x0303, "0a0a", "0000,0010,1a1a", "", "",
	    "h2", 2 }, "t12d0002h2_000000000000_000000000000");
}

static void
test_counts_end_at_99_and_more_than_anybody_has_gets_none(void **state)
{
	static char many[5 * (JA4_MOST + 1) + 1];
	static struct hello h;
	struct sent s = { 0x0303, many, "0000", "", "", NULL, 0 };
	char ja4[JA4_LEN + 1];
	size_t len = 0;

	(void)state;
	for (unsigned i = 1; i <= JA4_MOST; i++)
		len += (size_t)snprintf(many + len, sizeof many - len,
		    "%04x,", 0xc000 + i);
	assert_head(&s, "t12d990100");
	memcpy(many + len, "c000", sizeof "c000");
	make(&h, &s);
	assert_false(print_of(&h, h.len, ja4));
	assert_string_equal(ja4, "");
}

static void
test_what_is_no_whole_hello_has_no_fingerprint(void **state)
{
	static struct hello h;
	struct sent s = { 0x0303, CHROME, "000d,0010,002b", "0304", SCHEMES,
	    "h2", 2 };
	char ja4[JA4_LEN + 1];

	(void)state;
	make(&h, &s);
	for (size_t len = 0; len < h.len; len++) {
		assert_false(print_of(&h, len, ja4));
		assert_string_equal(ja4, "");
	}
	h.bytes[h.len] = 0;
	assert_false(print_of(&h, h.len + 1, ja4));
	h.bytes[0] = 2;
	assert_false(print_of(&h, h.len, ja4));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_published_captures_give_the_published_fingerprints),
		cmocka_unit_test(test_the_first_protocol_gives_two_letters),
		cmocka_unit_test(test_the_version_is_the_highest_offered),
		cmocka_unit_test(test_an_empty_list_has_no_hash),
		cmocka_unit_test(
		    test_counts_end_at_99_and_more_than_anybody_has_gets_none),
		cmocka_unit_test(
		    test_what_is_no_whole_hello_has_no_fingerprint)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
