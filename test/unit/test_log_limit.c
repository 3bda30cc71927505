/*
 * test_log_limit.c - the first few lines are said, the others at least counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/log.h"
#include "loop/log_limit.h"

static char path[] = "/tmp/test_hush.XXXXXX";
static struct ev_loop *loop;
static struct log_limit log_limit;
static long seen;	/* bytes of the log that were looked at */

static int
set_up_all(void **state)
{
	const struct log_sink sink = { .level = LOG_TROUBLE, .file = path,
	    .quiet = true };
	struct err e;
	int fd = mkstemp(path);

	(void)state;
	loop = ev_loop_new(EVFLAG_NOENV);
	if (fd == -1 || loop == NULL || log_open(&sink, &e) != 0)
		return -1;
	return close(fd);
}

static int
tear_down_all(void **state)
{
	(void)state;
	ev_loop_destroy(loop);
	return unlink(path);
}

static int
set_up(void **state)
{
	(void)state;
	log_limit_init(&log_limit, loop, "bad things", LOG_LIMIT_LINES);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	log_limit_stop(&log_limit);
	return 0;
}

/* What was logged since the last call. */
static const char *
news(void)
{
	static char text[1000];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	assert_int_equal(fseek(f, seen, SEEK_SET), 0);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	seen += (long)n;
	fclose(f);
	return text;
}

static unsigned
say(unsigned times)
{
	unsigned said = 0;

	while (times-- > 0)
		said += log_limit_allow(&log_limit);
	return said;
}

/* The loop's own time would make the test last for one. */
static void
pass_a_minute(void)
{
	ev_timer_stop(loop, &log_limit.minute);
	ev_invoke(loop, &log_limit.minute, EV_TIMER);
}

static void
test_the_first_few_are_said(void **state)
{
	(void)state;
	assert_int_equal(say(LOG_LIMIT_LINES), LOG_LIMIT_LINES);
	assert_int_equal(say(1), 0);
	assert_true(ev_is_active(&log_limit.minute));
}

static void
test_without_a_limit_all_are_said(void **state)
{
	struct log_limit loud;

	(void)state;
	log_limit_init(&loud, loop, "good things", 0);
	for (int i = 0; i < 1000; i++)
		assert_true(log_limit_allow(&loud));
	assert_false(ev_is_active(&loud.minute));
	log_limit_stop(&loud);
}

static void
test_the_others_are_counted_and_told_once(void **state)
{
	(void)state;
	(void)news();
	say(LOG_LIMIT_LINES + 7);
	assert_string_equal(news(), "");
	pass_a_minute();
	assert_non_null(strstr(news(),
	    "warning: 7 more bad things in the last minute\n"));
	pass_a_minute();
	assert_string_equal(news(), "");
}

static void
test_after_a_minute_some_are_said_again(void **state)
{
	(void)state;
	say(LOG_LIMIT_LINES + 1);
	pass_a_minute();
	assert_int_equal(say(LOG_LIMIT_LINES + 1), LOG_LIMIT_LINES);
	assert_true(ev_is_active(&log_limit.minute));
}

static void
test_few_lines_cause_no_more(void **state)
{
	(void)state;
	(void)news();
	say(LOG_LIMIT_LINES);
	pass_a_minute();
	log_limit_stop(&log_limit);
	assert_string_equal(news(), "");
}

static void
test_the_end_does_not_forget_them(void **state)
{
	(void)state;
	(void)news();
	say(LOG_LIMIT_LINES + 2);
	log_limit_stop(&log_limit);
	assert_non_null(strstr(news(), "warning: 2 more bad things "));
	assert_false(ev_is_active(&log_limit.minute));
}

int
main(void)
{
#define HUSH_TEST(t)	cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		HUSH_TEST(test_the_first_few_are_said),
		HUSH_TEST(test_without_a_limit_all_are_said),
		HUSH_TEST(test_the_others_are_counted_and_told_once),
		HUSH_TEST(test_after_a_minute_some_are_said_again),
		HUSH_TEST(test_few_lines_cause_no_more),
		HUSH_TEST(test_the_end_does_not_forget_them),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
