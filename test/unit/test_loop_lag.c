/*
 * test_loop_lag.c - the worst is told for a minute, and then forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/heartbeat.h"

/* Beats on time, so many. Returns when the last one was. */
static double
beat_on_time(struct loop_lag *l, double time, unsigned n)
{
	while (n-- > 0)
		loop_lag_beat(l, time += 1);
	return time;
}

static bool
is_about(double value, double wanted)
{
	return value > wanted - 1e-6 && value < wanted + 1e-6;
}

static void
test_a_loop_on_time_has_no_lag(void **state)
{
	struct loop_lag l;

	(void)state;
	loop_lag_init(&l, 1);
	assert_true(loop_lag_worst(&l) == 0);
	beat_on_time(&l, 1000, 300);
	assert_true(is_about(loop_lag_worst(&l), 0));
}

static void
test_the_worst_is_told_for_a_minute_and_then_forgotten(void **state)
{
	struct loop_lag l;
	double time;

	(void)state;
	loop_lag_init(&l, 1);
	time = beat_on_time(&l, 1000, 10) + 1.25;
	loop_lag_beat(&l, time);
	assert_true(is_about(loop_lag_worst(&l), 0.25));
	/* The next one comes early: the timer keeps its times. */
	loop_lag_beat(&l, time += 0.75);
	assert_true(is_about(loop_lag_worst(&l), 0.25));
	time = beat_on_time(&l, time, 60);
	assert_true(is_about(loop_lag_worst(&l), 0.25));
	beat_on_time(&l, time, 70);
	assert_true(is_about(loop_lag_worst(&l), 0));
}

static void
test_a_loop_that_stood_for_very_long_says_so(void **state)
{
	struct loop_lag l;
	double time;

	(void)state;
	loop_lag_init(&l, 1);
	time = beat_on_time(&l, 1000, 10);
	loop_lag_beat(&l, time + 1 + 3600);
	assert_true(is_about(loop_lag_worst(&l), 3600));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_loop_on_time_has_no_lag),
		cmocka_unit_test(
		    test_the_worst_is_told_for_a_minute_and_then_forgotten),
		cmocka_unit_test(test_a_loop_that_stood_for_very_long_says_so)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
