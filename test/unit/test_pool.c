/*
 * test_pool.c - what is given back is in_use again, and only so much is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"

static void
test_the_last_buffer_given_is_the_first_lent(void **state)
{
	struct pool p = { .size = 64, .keep = 2 };
	void *a = pool_take(&p), *b = pool_take(&p);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	memset(a, 1, 64);
	memset(b, 2, 64);
	pool_give(&p, a);
	pool_give(&p, b);
	assert_ptr_equal(pool_take(&p), b);
	assert_ptr_equal(pool_take(&p), a);
	pool_give(&p, a);
	pool_give(&p, b);
	pool_empty(&p);
}

static void
test_no_more_than_a_few_are_kept(void **state)
{
	struct pool p = { .size = sizeof(void *), .keep = 3 };
	void *in_use[10];

	(void)state;
	for (int i = 0; i < 10; i++)
		in_use[i] = pool_take(&p);
	assert_int_equal(p.n_free, 0);
	for (int i = 0; i < 10; i++)
		pool_give(&p, in_use[i]);
	assert_int_equal(p.n_free, 3);
	pool_empty(&p);
	assert_int_equal(p.n_free, 0);
	assert_null(p.free);
}

static void
test_an_emptied_pool_still_lends(void **state)
{
	struct pool p = { .size = 32, .keep = 1 };
	void *in_use = pool_take(&p), *other;

	(void)state;
	pool_empty(&p);
	other = pool_take(&p);
	assert_non_null(other);
	pool_give(&p, in_use);
	pool_give(&p, other);
	assert_int_equal(p.n_free, 1);
	pool_empty(&p);
}

static void
test_nothing_may_be_given(void **state)
{
	struct pool p = { .size = 32, .keep = 1 };

	(void)state;
	pool_give(&p, NULL);
	assert_int_equal(p.n_free, 0);
	pool_empty(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_buffer_given_is_the_first_lent),
		cmocka_unit_test(test_no_more_than_a_few_are_kept),
		cmocka_unit_test(test_an_emptied_pool_still_lends),
		cmocka_unit_test(test_nothing_may_be_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
