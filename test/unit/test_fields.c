/*
 * test_fields.c - names and values on one line, as logfmt or as JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log/fields.h"

#define BYTES(s)	s, sizeof s - 1

static void
test_a_value_is_written_so_that_it_ends_where_it_ends(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *logfmt, *json;
	} rows[] = {
		{ BYTES("plain-1.2/3:[x]"), "a=plain-1.2/3:[x]",
		    "{\"a\":\"plain-1.2/3:[x]\"}" },
		{ BYTES(""), "a=\"\"", "{\"a\":\"\"}" },
		{ BYTES("two words"), "a=\"two words\"",
		    "{\"a\":\"two words\"}" },
		{ BYTES("b=c"), "a=\"b=c\"", "{\"a\":\"b=c\"}" },
		{ BYTES("x\" b=\"y"), "a=\"x\\\\x22 b=\\\\x22y\"",
		    "{\"a\":\"x\\\\x22 b=\\\\x22y\"}" },
		{ BYTES("\\"), "a=\"\\\\x5C\"", "{\"a\":\"\\\\x5C\"}" },
		{ BYTES("\\\""), "a=\"\\\\x5C\\\\x22\"",
		    "{\"a\":\"\\\\x5C\\\\x22\"}" },
		{ BYTES("1\n2\0\033[m"), "a=\"1\\\\x0A2\\\\x00\\\\x1B[m\"",
		    "{\"a\":\"1\\\\x0A2\\\\x00\\\\x1B[m\"}" },
		{ BYTES("\xff\xc3\xa9"), "a=\"\\\\xFF\xc3\xa9\"",
		    "{\"a\":\"\\\\xFF\xc3\xa9\"}" },
	};
	char line[200];
	struct fields f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int json = 0; json < 2; json++) {
			const char *wanted = json ? rows[i].json :
			    rows[i].logfmt;

			fields_begin(&f, line, sizeof line, json);
			fields_text(&f, "a", rows[i].bytes, rows[i].len);
			assert_int_equal(fields_end(&f), strlen(wanted));
			assert_memory_equal(line, wanted, strlen(wanted));
		}
}

static void
test_fields_stand_side_by_side(void **state)
{
	static const char *const wanted[] = {
		"a=x b.c=-7 d=true e=false",
		"{\"a\":\"x\",\"b.c\":-7,\"d\":true,\"e\":false}" };
	char line[100];
	struct fields f;

	(void)state;
	for (int json = 0; json < 2; json++) {
		fields_begin(&f, line, sizeof line, json);
		fields_text(&f, "a", "x", 1);
		fields_number(&f, "b.c", -7);
		fields_bool(&f, "d", true);
		fields_bool(&f, "e", false);
		assert_int_equal(fields_end(&f), strlen(wanted[json]));
		assert_memory_equal(line, wanted[json], strlen(wanted[json]));
	}
	fields_begin(&f, line, sizeof line, true);
	assert_int_equal(fields_end(&f), 2);
	assert_memory_equal(line, "{}", 2);
}

static void
test_a_line_without_room_is_none(void **state)
{
	static const char wanted[] = "{\"a\":\"xyz\",\"b\":12}";
	struct fields f;

	(void)state;
	for (size_t size = 0; size < sizeof wanted + 1; size++) {
		char *line = malloc(size + (size == 0));

		assert_non_null(line);
		fields_begin(&f, line, size, true);
		fields_text(&f, "a", "xyz", 3);
		fields_number(&f, "b", 12);
		assert_int_equal(fields_end(&f), size < sizeof wanted - 1 ? 0 :
		    sizeof wanted - 1);
		free(line);
	}
}

static void
test_a_long_value_is_cut_where_it_can_be(void **state)
{
	char line[3 * FIELDS_VALUE], bytes[2 * FIELDS_VALUE];
	struct fields f;
	size_t len;

	(void)state;
	memset(bytes, 0xff, sizeof bytes);
	fields_begin(&f, line, sizeof line, true);
	fields_text(&f, "a", bytes, sizeof bytes);
	len = fields_end(&f);
	assert_true(len > FIELDS_VALUE && len < 5 * FIELDS_VALUE / 4 + 10);
	assert_memory_equal(line + len - 10, "\\\\xFF...\"}", 10);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_value_is_written_so_that_it_ends_where_it_ends),
		cmocka_unit_test(test_fields_stand_side_by_side),
		cmocka_unit_test(test_a_line_without_room_is_none),
		cmocka_unit_test(test_a_long_value_is_cut_where_it_can_be)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
