/*
 * test_idmap.c - what was put under a number is found there, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/idmap.h"
#include "dice.h"

static void
test_numbers_only_rise_also_after_the_last_was_taken(void **state)
{
	struct idmap s = { 0 };
	int thing;

	(void)state;
	assert_int_equal(idmap_put(&s, 0, &thing), -1);
	assert_int_equal(idmap_put(&s, 7, &thing), 0);
	assert_int_equal(idmap_put(&s, 7, &thing), -1);
	assert_int_equal(idmap_put(&s, 6, &thing), -1);
	assert_ptr_equal(idmap_take(&s, 7), &thing);
	assert_null(idmap_take(&s, 7));
	assert_null(idmap_get(&s, 7));
	assert_int_equal(idmap_put(&s, 7, &thing), -1);
	assert_int_equal(idmap_put(&s, UINT32_MAX, &thing), 0);
	assert_ptr_equal(idmap_get(&s, UINT32_MAX), &thing);
	assert_int_equal(idmap_put(&s, UINT32_MAX, &thing), -1);
	idmap_clear(&s);
}

#define MANY	3000

/* Against the plainest thing that does the same. */
static void
test_it_is_as_an_array_would_be(void **state)
{
	static int thing[MANY];
	static int *array[MANY];
	struct dice d = dice_new(1);
	struct idmap s = { 0 };
	uint32_t next = 1;
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint32_t id = dice_roll(&d, MANY - 1) + 1;

		if (dice_roll(&d, 3) == 0 && next < MANY) {
			array[next] = &thing[next];
			assert_int_equal(idmap_put(&s, next, array[next]), 0);
			next += 1 + dice_roll(&d, 2);
		} else if (dice_roll(&d, 2) == 0) {
			assert_ptr_equal(idmap_take(&s, id), array[id]);
			array[id] = NULL;
		} else
			assert_ptr_equal(idmap_get(&s, id), array[id]);
	}
	for (uint32_t id = 0, k; id < MANY; id++)
		if (array[id] != NULL) {
			assert_ptr_equal(idmap_next(&s, &at, &k), array[id]);
			assert_int_equal(k, id);
		}
	assert_null(idmap_next(&s, &at, &next));
	idmap_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_numbers_only_rise_also_after_the_last_was_taken),
		cmocka_unit_test(test_it_is_as_an_array_would_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
