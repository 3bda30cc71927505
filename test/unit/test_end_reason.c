/*
 * test_end_reason.c - every reason has a name of its own.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stats/end_reason.h"

static void
test_every_reason_has_its_own_name(void **state)
{
	(void)state;
	for (int i = 0; i < END_COUNT; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(end_reason_name((
			    enum end_reason)i),
			    end_reason_name((enum end_reason)k));
	for (int i = 0; i < END_COUNT; i++)
		assert_string_not_equal(end_reason_name((enum end_reason)i),
		    end_reason_name(END_COUNT));
}

/* They stand in a log line as end=WORD, and in the statistics. */
static void
test_a_name_is_one_word(void **state)
{
	(void)state;
	for (int i = 0; i < END_COUNT; i++) {
		const char *name = end_reason_name((enum end_reason)i);

		assert_true(*name != '\0' && strlen(name) < 32);
		for (; *name != '\0'; name++)
			assert_true(islower((unsigned char)*name) ||
			    *name == '-');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_reason_has_its_own_name),
		cmocka_unit_test(test_a_name_is_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
