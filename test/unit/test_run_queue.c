/*
 * test_run_queue.c - work waits for its turn, and the loop does not sleep over
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <ev.h>

#include "serve/run_queue.h"

#define JOBS	8

/* Work that writes its letter down, and may do something else then. */
struct job {
	struct run_task turn;
	char letter;
	unsigned again;		/* waits for another turn, so many times */
	struct job *removes, *adds;
};

static struct ev_loop *loop;
static struct run_queue run_queue;
static struct job job[JOBS];
static char done[256];
static double now, cost;	/* of the clock: each look costs */

static double
tick(void)
{
	return now += cost;
}

static void
run_job(struct run_task *t)
{
	struct job *j = (struct job *)t;
	size_t n = strlen(done);

	assert_false(t->waits);
	assert_in_range(n, 0, sizeof done - 2);
	done[n] = j->letter;
	if (j->removes != NULL)
		run_queue_remove(&run_queue, &j->removes->turn);
	if (j->adds != NULL)
		run_queue_add(&run_queue, &j->adds->turn, j->adds->turn.kind);
	if (j->again > 0) {
		j->again--;
		run_queue_add(&run_queue, t, t->kind);
	}
}

static int
set_up(void **state)
{
	(void)state;
	memset(job, 0, sizeof job);
	memset(done, 0, sizeof done);
	for (int i = 0; i < JOBS; i++) {
		job[i].turn.run = run_job;
		job[i].letter = (char)('a' + i);
	}
	if ((loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV)) == NULL)
		return -1;
	run_queue_init(&run_queue, loop);
	run_queue.clock = tick;
	cost = 1;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	run_queue_stop(&run_queue);
	ev_loop_destroy(loop);
	return 0;
}

static void
add(int i, enum run_kind kind)
{
	run_queue_add(&run_queue, &job[i].turn, kind);
}

/* What one turn of the loop does. */
static const char *
turn(void)
{
	memset(done, 0, sizeof done);
	ev_run(loop, EVRUN_NOWAIT);
	return done;
}

static void
test_the_dear_have_their_turn_one_by_one_in_order(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		add(i, RUN_HANDSHAKE);
	assert_string_equal(turn(), "a");
	assert_string_equal(turn(), "b");
	add(0, RUN_HANDSHAKE);
	assert_string_equal(turn(), "c");
	assert_string_equal(turn(), "d");
	assert_string_equal(turn(), "a");
	assert_string_equal(turn(), "");
}

/* What a resumption costs is far from what a signature does. */
static void
test_of_the_dear_that_are_quick_several_have_their_turn(void **state)
{
	(void)state;
	cost = 0.00006;
	for (int i = 0; i < 6; i++)
		add(i, RUN_HANDSHAKE);
	assert_string_equal(turn(), "abcd");
	assert_string_equal(turn(), "ef");
	job[0].again = 2;
	add(0, RUN_HANDSHAKE);
	assert_string_equal(turn(), "aaa");
	assert_string_equal(turn(), "");
}

static void
test_the_dear_wait_until_all_the_cheap_had_a_turn(void **state)
{
	(void)state;
	add(0, RUN_HANDSHAKE);
	assert_string_equal(turn(), "a");
	add(0, RUN_HANDSHAKE);
	add(1, RUN_BULK);
	add(2, RUN_HANDSHAKE);
	add(3, RUN_BULK);
	add(4, RUN_BULK);
	/* Nobody had begun a round yet: the next one has two in it. */
	assert_string_equal(turn(), "ba");
	assert_string_equal(turn(), "d");
	assert_string_equal(turn(), "ec");
	assert_string_equal(turn(), "");
}

static void
test_of_many_cheap_some_have_their_turn_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < JOBS; i++)
		add(i, RUN_BULK);
	assert_string_equal(turn(), "ab");
	assert_string_equal(turn(), "c");
}

/* Else one of them could keep the loop for itself. */
static void
test_who_comes_again_waits_for_the_others(void **state)
{
	(void)state;
	job[0].again = job[1].again = job[2].again = 2;
	add(0, RUN_BULK);
	add(1, RUN_BULK);
	add(2, RUN_HANDSHAKE);
	add(3, RUN_HANDSHAKE);
	assert_string_equal(turn(), "ac");
	assert_string_equal(turn(), "b");
	assert_string_equal(turn(), "ad");
	assert_string_equal(turn(), "b");
	assert_string_equal(turn(), "ac");
	assert_string_equal(turn(), "bc");
	assert_string_equal(turn(), "");
}

static void
test_who_waits_already_keeps_his_place(void **state)
{
	(void)state;
	add(0, RUN_HANDSHAKE);
	add(1, RUN_HANDSHAKE);
	add(0, RUN_HANDSHAKE);
	add(0, RUN_BULK);
	add(1, RUN_BULK);
	assert_string_equal(turn(), "a");
	assert_string_equal(turn(), "b");
	assert_string_equal(turn(), "");
}

static void
test_who_was_removed_is_not_called(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		add(i, RUN_HANDSHAKE);
	for (int i = 3; i < 6; i++)
		add(i, RUN_BULK);
	run_queue_remove(&run_queue, &job[0].turn);
	run_queue_remove(&run_queue, &job[4].turn);
	run_queue_remove(&run_queue, &job[4].turn);
	run_queue_remove(&run_queue, &job[7].turn);	/* it never waited */
	assert_string_equal(turn(), "db");
	assert_string_equal(turn(), "fc");
	assert_string_equal(turn(), "");
	add(0, RUN_HANDSHAKE);
	assert_string_equal(turn(), "a");
}

static void
test_the_dear_do_not_wait_for_who_was_removed(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++)
		add(i, RUN_BULK);
	assert_string_equal(turn(), "a");
	add(6, RUN_HANDSHAKE);
	for (int i = 1; i < 5; i++)
		run_queue_remove(&run_queue, &job[i].turn);
	assert_string_equal(turn(), "fg");
}

/* One connection's work may end another one that waits. */
static void
test_work_may_remove_others_and_add_them(void **state)
{
	(void)state;
	job[0].removes = &job[1];
	job[2].removes = &job[3];
	job[2].adds = &job[3];
	job[4].adds = &job[5];
	for (int i = 0; i < 5; i++)
		add(i, RUN_BULK);
	job[5].turn.kind = RUN_HANDSHAKE;
	/* b is gone; d went to the end of the queue. */
	assert_string_equal(turn(), "a");
	assert_string_equal(turn(), "c");
	assert_string_equal(turn(), "e");
	assert_string_equal(turn(), "df");
	assert_string_equal(turn(), "");
	job[0].removes = &job[1];
	job[0].adds = NULL;
	add(0, RUN_BULK);
	add(1, RUN_BULK);
	assert_string_equal(turn(), "a");
	assert_string_equal(turn(), "");
}

static void
on_timer(struct ev_loop *l, ev_timer *t, int events)
{
	(void)l;
	(void)t;
	(void)events;
	done[strlen(done)] = '!';
}

static void
test_the_loop_does_not_sleep_while_work_waits(void **state)
{
	ev_timer minute;

	(void)state;
	ev_timer_init(&minute, on_timer, 60., 0.);
	ev_timer_start(loop, &minute);
	job[0].again = 100;
	add(0, RUN_HANDSHAKE);
	add(1, RUN_HANDSHAKE);
	/* Each of these would wait for the timer if it could. */
	for (int i = 0; i < 101; i++)
		ev_run(loop, EVRUN_ONCE);
	assert_int_equal(strlen(done), 101);
	assert_null(strchr(done, '!'));
	assert_int_equal(run_queue.n[RUN_HANDSHAKE], 1);
	ev_timer_stop(loop, &minute);
}

/* Without an idle watcher libev sleeps until the next event. */
static void
test_the_loop_sleeps_when_no_work_waits(void **state)
{
	(void)state;
	assert_string_equal(turn(), "");
	assert_false(ev_is_active(&run_queue.idle));
	add(0, RUN_HANDSHAKE);
	add(1, RUN_HANDSHAKE);
	assert_string_equal(turn(), "a");
	assert_true(ev_is_active(&run_queue.idle));
	assert_string_equal(turn(), "b");
	assert_false(ev_is_active(&run_queue.idle));
	add(0, RUN_HANDSHAKE);
	add(1, RUN_HANDSHAKE);
	assert_string_equal(turn(), "a");
	run_queue_remove(&run_queue, &job[1].turn);
	assert_string_equal(turn(), "");
	assert_false(ev_is_active(&run_queue.idle));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_the_dear_have_their_turn_one_by_one_in_order, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_of_the_dear_that_are_quick_several_have_their_turn,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_dear_wait_until_all_the_cheap_had_a_turn, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_of_many_cheap_some_have_their_turn_at_once, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_who_comes_again_waits_for_the_others, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_who_waits_already_keeps_his_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_who_was_removed_is_not_called, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_dear_do_not_wait_for_who_was_removed, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_work_may_remove_others_and_add_them, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_loop_does_not_sleep_while_work_waits, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_loop_sleeps_when_no_work_waits, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
