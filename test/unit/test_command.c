/*
 * test_command.c - which lines are commands, and which are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/command.h"

/* From memory that ends where the bytes do. */
static enum command_result
reads(struct command *c, const char *bytes, size_t len, const char **why)
{
	char *copy = malloc(len + 1);
	enum command_result r;

	assert_non_null(copy);
	memcpy(copy + 1, bytes, len);
	r = command_read(c, copy + 1, len, why);
	free(copy);
	return r;
}

static void
test_each_word_is_a_command_alone_and_with_json(void **state)
{
	char line[COMMAND_LONGEST];
	struct command c;
	const char *why;

	(void)state;
	for (unsigned v = 0; v < COMMAND_VERBS; v++)
		for (int json = 0; json < 2; json++) {
			snprintf(line, sizeof line, "%s%s\n",
			    command_word(v), json ? " json" : "");
			assert_int_equal(reads(&c, line, strlen(line), &why),
			    COMMAND_GOOD);
			assert_int_equal(c.verb, v);
			assert_int_equal(c.json, json);
			assert_true(strlen(command_help(v)) > 0);
		}
}

static void
test_a_line_is_awaited_to_its_end(void **state)
{
	static const char line[] = "workers json\n";
	struct command c;
	const char *why;

	(void)state;
	for (size_t n = 0; n < sizeof line - 2; n++)
		assert_int_equal(reads(&c, line, n, &why), COMMAND_MORE);
	assert_int_equal(reads(&c, line, sizeof line - 1, &why),
	    COMMAND_GOOD);
}

static void
test_everything_else_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "\n", "unknown command" },
		{ " status\n", "unknown command" },
		{ "statu\n", "unknown command" },
		{ "statuss\n", "unknown command" },
		{ "STATUS\n", "unknown command" },
		{ "status\r\n", "unknown command" },
		{ "json\n", "unknown command" },
		{ "status \n", "only \"json\" may follow" },
		{ "status  json\n", "only \"json\" may follow" },
		{ "status json \n", "only \"json\" may follow" },
		{ "status xml\n", "only \"json\" may follow" },
		{ "0123456789012345678901234567890123456789012345678901234567"
		    "890123456789", "too long" },
		{ "0123456789012345678901234567890123456789012345678901234567"
		    "890123456789\n", "too long" },
	};
	struct command c;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(reads(&c, rows[i].line, strlen(rows[i].line),
		    &why), COMMAND_BAD);
		assert_non_null(strstr(why, rows[i].why));
	}
	assert_int_equal(reads(&c, "status\0\n", 8, &why), COMMAND_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_each_word_is_a_command_alone_and_with_json),
		cmocka_unit_test(test_a_line_is_awaited_to_its_end),
		cmocka_unit_test(
		    test_everything_else_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
