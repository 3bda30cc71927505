/*
 * test_hello.c - what one ClientHello says, as far as our choice depends on it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tls/hello.h"

#define BYTES(s)	s, sizeof s - 1		/* which may have NULs inside */
#define N26	"abcdefghijklmnopqrstuvwxyz"
#define N63	N26 N26 "0123456789x"
#define N255	N63 "." N63 "." N63 "." N63

/* Copies bytes to the end of a block of their own: ASan sees who reads on. */
static unsigned char *
own(const char *bytes, size_t len)
{
	unsigned char *block = malloc(len + (len == 0));

	assert_non_null(block);
	memcpy(block, bytes, len);
	return block;
}

static void
test_the_name_is_what_the_extension_says(void **state)
{
	static const struct {
		const char *ext;
		size_t len;
		const char *name;
	} rows[] = {
		{ BYTES("\0\4\0\0\1a"), "a" },
		{ BYTES("\0\16\0\0\13Example.ORG"), "Example.ORG" },
		{ BYTES("\0\7\0\0\4\xff\xfe *"), "\xff\xfe *" },
		{ BYTES("\1\2\0\0\xff" N255), N255 },

		/* What is no name. */
		{ BYTES(""), "" }, { BYTES("\0"), "" }, { BYTES("\0\0"), "" },
		{ BYTES("\0\1\0"), "" }, { BYTES("\0\2\0\0"), "" },
		{ BYTES("\0\3\0\0\0"), "" },
		{ BYTES("\0\4\1\0\1a"), "" },		/* no host name */
		{ BYTES("\0\5\0\0\1a"), "" },		/* lengths lie */
		{ BYTES("\0\3\0\0\1a"), "" },
		{ BYTES("\0\4\0\0\2a"), "" },
		{ BYTES("\0\4\0\0\0a"), "" },
		{ BYTES("\0\5\0\0\1ab"), "" },
		{ BYTES("\0\4\0\1\1a"), "" },
		{ BYTES("\xff\xff\0\xff\xff""a"), "" },
		{ BYTES("\0\10\0\0\1a\0\0\1b"), "" },	/* two of them */
		{ BYTES("\0\4\0\0\1\0"), "" },
		{ BYTES("\0\6\0\0\3a\0b"), "" },
		{ BYTES("\1\3\0\1\0" N255 "x"), "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char *ext = own(rows[i].ext, rows[i].len);
		struct hello h;

		memset(&h, 'x', sizeof h);
		hello_parse_name(&h, ext, rows[i].len);
		if (strcmp(h.name, rows[i].name) != 0)
			fail_msg("row %zu: \"%s\"", i, h.name);
		assert_false(h.literal);
		free(ext);
	}
}

static void
test_an_address_is_told_from_a_name(void **state)
{
	static const struct { const char *name; bool literal; } rows[] = {
		{ "10.0.0.1", true }, { "255.255.255.255", true },
		{ "::1", true }, { "2001:db8::1", true },
		{ "::ffff:10.0.0.1", true },
		{ "10.0.0.256", false }, { "10.0.0", false },
		{ "1.10.0.0.1", false }, { "10.0.0.1.example", false },
		{ "[::1]", false }, { "dead.beef", false }, { "1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char ext[300] = { 0 };
		size_t n = strlen(rows[i].name);
		struct hello h;

		ext[1] = (unsigned char)(n + 3);
		ext[4] = (unsigned char)n;
		memcpy(ext + 5, rows[i].name, n);
		hello_parse_name(&h, ext, n + 5);
		assert_string_equal(h.name, rows[i].name);
		if (h.literal != rows[i].literal)
			fail_msg("%s", rows[i].name);
	}
}

static void
test_a_list_of_codes_has_these_and_no_others(void **state)
{
	static const struct {
		const char *ext;
		size_t len, len_bytes, n;
		unsigned has, lacks;
	} rows[] = {
		{ BYTES("\0\2\4\3"), 2, 1, 0x0403, 0x0304 },
		{ BYTES("\0\4\4\3\10\7"), 2, 2, 0x0807, 0x0308 },
		{ BYTES("\2\3\4"), 1, 1, 0x0304, 0x0204 },
		{ BYTES("\4\3\4\3\3"), 1, 2, 0x0303, 0x0403 },
		{ BYTES("\0\4\xff\xff\0\0"), 2, 2, 0xffff, 0x00ff },

		/* What is no list has none. */
		{ BYTES(""), 2, 0, 0, 0 }, { BYTES("\0"), 2, 0, 0, 0 },
		{ BYTES(""), 1, 0, 0, 0 }, { BYTES("\0\0"), 2, 0, 0, 0 },
		{ BYTES("\0"), 1, 0, 0, 0 },
		{ BYTES("\0\1\4"), 2, 0, 0, 0x0400 },
		{ BYTES("\0\3\4\3\4"), 2, 0, 0, 0x0403 },
		{ BYTES("\0\2\4"), 2, 0, 0, 0x0400 },
		{ BYTES("\0\4\4\3"), 2, 0, 0, 0x0403 },
		{ BYTES("\0\2\4\3\4\3"), 2, 0, 0, 0x0403 },
		{ BYTES("\xff\xff\4\3"), 2, 0, 0, 0x0403 },
		{ BYTES("\2\3"), 1, 0, 0, 0x0300 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned char *ext = own(rows[i].ext, rows[i].len);
		struct codes c = hello_parse_codes(ext, rows[i].len,
		    rows[i].len_bytes);

		if (c.n != rows[i].n || c.given != (c.n > 0) ||
		    (c.n > 0 && !codes_have(&c, rows[i].has)) ||
		    codes_have(&c, rows[i].lacks))
			fail_msg("row %zu", i);
		free(ext);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_name_is_what_the_extension_says),
		cmocka_unit_test(test_an_address_is_told_from_a_name),
		cmocka_unit_test(test_a_list_of_codes_has_these_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
