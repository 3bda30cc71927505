/*
 * test_json.c - commas, names and strings are as RFC 8259 wants them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log/json.h"

static char *text;
static size_t size;

static struct json
begin(void)
{
	struct json j = { .out = open_memstream(&text, &size) };

	assert_non_null(j.out);
	return j;
}

static void
expect(struct json *j, const char *wanted)
{
	fclose(j->out);
	assert_string_equal(text, wanted);
	free(text);
}

static void
test_commas_stand_between_values_only(void **state)
{
	struct json j = begin();

	(void)state;
	json_object(&j, NULL);
	json_array(&j, "none");
	json_end(&j);
	json_array(&j, "numbers");
	json_number(&j, NULL, -1);
	json_number(&j, NULL, 2);
	json_end(&j);
	json_object(&j, "empty");
	json_end(&j);
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	json_null(&j, "nothing");
	json_micros(&j, "time", 1000042);
	json_end(&j);
	assert_int_equal(j.depth, 0);
	expect(&j, "{\"none\": [], \"numbers\": [-1, 2], \"empty\": {}, "
	    "\"yes\": true, \"no\": false, \"nothing\": null, "
	    "\"time\": 1.000042}");
}

static void
test_objects_of_a_list_have_lines(void **state)
{
	struct json j = begin();

	(void)state;
	json_array(&j, NULL);
	for (int i = 0; i < 2; i++) {
		json_object(&j, NULL);
		json_number(&j, "n", i);
		json_end(&j);
	}
	json_end(&j);
	expect(&j, "[\n{\"n\": 0},\n{\"n\": 1}]");
}

static void
test_no_byte_ends_a_string(void **state)
{
	static const struct { const char *text, *wanted; } rows[] = {
		{ "", "\"\"" },
		{ "a\"b\\c", "\"a\\\\x22b\\\\x5Cc\"" },
		{ "\n\x1b\x7f", "\"\\\\x0A\\\\x1B\\\\x7F\"" },
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
		{ "\xff\xc3", "\"\\\\xFF\\\\xC3\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json j = begin();

		json_string(&j, NULL, rows[i].text);
		expect(&j, rows[i].wanted);
	}
}

static void
test_too_long_a_string_is_cut(void **state)
{
	char *longest = malloc(10001);
	struct json j = begin();

	(void)state;
	assert_non_null(longest);
	memset(longest, 'x', 10000);
	longest[10000] = '\0';
	json_string(&j, NULL, longest);
	fclose(j.out);
	assert_true(size < 2100);
	assert_string_equal(text + size - 4, "...\"");
	free(text);
	free(longest);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commas_stand_between_values_only),
		cmocka_unit_test(test_objects_of_a_list_have_lines),
		cmocka_unit_test(test_no_byte_ends_a_string),
		cmocka_unit_test(test_too_long_a_string_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
