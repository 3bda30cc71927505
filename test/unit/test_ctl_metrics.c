/*
 * test_ctl_metrics.c - what "stats" answers, to be calculated with.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/metrics.h"

static struct metrics
read_text(const char *text)
{
	struct metrics f;

	assert_int_equal(metrics_read(&f, strdup(text)), 0);
	return f;
}

static void
test_lines_are_read_as_they_are_written(void **state)
{
	struct metrics f = read_text("# HELP a Sentence.\n# TYPE a counter\n"
	    "a 3\n" "b{x=\"1\"} 4.5\n" "b{x=\"2\",y=\"z\"} 1\n");

	(void)state;
	assert_int_equal(f.n, 3);
	assert_true(metrics_sum(&f, "a", NULL, NULL) == 3);
	assert_true(metrics_sum(&f, "b", NULL, NULL) == 5.5);
	assert_true(metrics_sum(&f, "b", "x", "2") == 1);
	assert_true(metrics_sum(&f, "b", "y", "z") == 1);
	assert_true(metrics_sum(&f, "b", "y", "") == 4.5);
	assert_true(metrics_sum(&f, "c", NULL, NULL) == 0);
	metrics_clear(&f);
}

static void
test_what_is_no_figure_is_passed_over(void **state)
{
	static const char *const bad[] = { "", "\n", "a\n", "a \n", "a x\n",
	    "a 1x\n", "a{ 1\n", "a{x=\"1\" 1\n", "#\n", " \n", "a 1" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct metrics f = read_text(bad[i]);

		if (f.n != 0)
			fail_msg("\"%s\"", bad[i]);
		metrics_clear(&f);
	}
}

static void
test_labels_may_hold_anything(void **state)
{
	static const struct {
		const char *labels, *label, *value;
	} cases[] = {
		{ "a=\"1\",b=\"2\"", "b", "2" },
		{ "a=\"b=\\\"2\\\",\",b=\"3\"", "b", "3" },
		{ "a=\"\\\\\",b=\"\\\\x41\"", "b", "\\x41" },
		{ "ab=\"1\",b=\"2\"", "b", "2" },
		{ "b=\"a} 1\"", "b", "a} 1" },
		{ "b=\"0123456789\"", "b", "0123456" },
		{ "b=\"1", "b", "" },
		{ "b=\"1\\", "b", "" },
		{ "b=", "b", "" },
		{ "b", "b", "" },
		{ "", "b", "" },
	};
	char out[8];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct metric f = { "x", cases[i].labels, 1 };

		assert_string_equal(metric_label(&f, cases[i].label, out,
		    sizeof out), cases[i].value);
	}
}

static void
test_a_share_of_what_came_in_between_is_below_a_bound(void **state)
{
	struct metrics before = read_text("t_bucket{le=\"0.1\"} 100\n"
	    "t_bucket{le=\"0.5\"} 100\n" "t_bucket{le=\"+Inf\"} 100\n"
	    "t_count 100\n");
	struct metrics now = read_text("t_bucket{le=\"0.1\"} 101\n"
	    "t_bucket{le=\"0.5\"} 109\n" "t_bucket{le=\"+Inf\"} 110\n"
	    "t_count 110\n");

	(void)state;
	assert_true(metrics_quantile(&now, &before, "t", 0.1) == 0.1);
	assert_true(metrics_quantile(&now, &before, "t", 0.5) == 0.5);
	assert_true(isinf(metrics_quantile(&now, &before, "t", 0.99)));
	assert_true(metrics_quantile(&now, &now, "t", 0.5) == 0);
	metrics_clear(&before);
	metrics_clear(&now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_read_as_they_are_written),
		cmocka_unit_test(test_what_is_no_figure_is_passed_over),
		cmocka_unit_test(test_labels_may_hold_anything),
		cmocka_unit_test(
		    test_a_share_of_what_came_in_between_is_below_a_bound)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
