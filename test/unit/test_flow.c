/*
 * test_flow.c - one step of one direction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/relay.h"

#define SCRATCH	64

/* A side that does what the test wrote down, and counts. */
struct fake_side {
	struct side side;
	const char *says;	/* what one read gives */
	bool full;		/* it gives all it is asked for */
	enum io read, write, finish;
	bool falls_behind;	/* by what it is given */
	bool has_room;
	size_t asked;		/* size of the last read */
	unsigned reads, writes, finishes;
	char heard[2 * SCRATCH + 1];
};

static enum io
fake_side_read(struct side *s, void *buf, size_t size, size_t *n)
{
	struct fake_side *p = (struct fake_side *)s;

	p->reads++;
	p->asked = size;
	if (p->full) {
		memset(buf, 'x', size);
		*n = size;
		return IO_OK;
	}
	*n = p->says == NULL ? 0 : strlen(p->says);
	assert_in_range(*n, 0, size);
	memcpy(buf, p->says == NULL ? "" : p->says, *n);
	return *n > 0 ? IO_OK : p->read;
}

static enum io
fake_side_write(struct side *s, const void *words, size_t len)
{
	struct fake_side *p = (struct fake_side *)s;

	p->writes++;
	assert_true(len > 0);
	if (len < sizeof p->heard - strlen(p->heard))
		memcpy(p->heard + strlen(p->heard), words, len);
	p->side.behind |= p->falls_behind;
	return p->write;
}

static enum io
fake_side_flush(struct side *s)
{
	(void)s;
	fail_msg("a flow never flushes");
	return IO_ERROR;
}

static bool
fake_side_room(const struct side *s)
{
	return ((const struct fake_side *)s)->has_room;
}

static enum io
fake_side_finish(struct side *s)
{
	struct fake_side *p = (struct fake_side *)s;

	p->finishes++;
	p->side.behind |= p->falls_behind;
	return p->finish;
}

static const struct side_ops fake_side_ops = {
	.read = fake_side_read,
	.write = fake_side_write,
	.flush = fake_side_flush,
	.has_room = fake_side_room,
	.finish = fake_side_finish
};

static uint8_t bytes[SCRATCH];
static struct scratch scratch = { bytes, sizeof bytes };
static struct fake_side from, to;
static struct flow flow;

static int
set_up(void **state)
{
	(void)state;
	from = to = (struct fake_side){ .side = { .ops = &fake_side_ops } };
	from.side.ready = SIDE_READ;
	flow = (struct flow){ .from = &from.side, .to = &to.side };
	return 0;
}

/* One step in the open state: what the source does, and what comes of it. */
static void
test_a_step_moves_what_is_there_and_says_so(void **state)
{
	static const struct {
		const char *says, *heard;
		enum io read, write;
		enum flow_result result;
		enum flow_state after;
		uint64_t total;
	} rows[] = {
		{ "hello", "hello", IO_OK, IO_OK, FLOW_MOVED, FLOW_OPEN, 5 },
		{ NULL, "", IO_WAIT, IO_OK, FLOW_WAITS, FLOW_OPEN, 0 },
		{ NULL, "", IO_EOF, IO_OK, FLOW_MOVED, FLOW_ENDING, 0 },
		{ NULL, "", IO_ERROR, IO_OK, FLOW_CUT, FLOW_OPEN, 0 },
		{ "hello", "hello", IO_OK, IO_ERROR, FLOW_MOVED, FLOW_REFUSED,
		    0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set_up(state);
		from.says = rows[i].says;
		from.read = rows[i].read;
		to.write = rows[i].write;
		assert_int_equal(flow_step(&flow, &scratch), rows[i].result);
		assert_int_equal(flow.state, rows[i].after);
		assert_int_equal(flow.total, rows[i].total);
		assert_string_equal(to.heard, rows[i].heard);
		assert_int_equal(from.reads, 1);
		assert_int_equal(from.asked, SCRATCH);
		assert_int_equal(to.finishes, 0);
	}
}

/* The first step: the same, with "PROXY" standing in the scratch. */
static void
test_the_lead_goes_out_with_the_first_bytes_in_one_write(void **state)
{
	static const struct {
		bool ready;
		const char *says, *heard;
		enum io read, write;
		enum flow_result result;
		enum flow_state after;
		uint64_t total;
	} rows[] = {
		{ true, "hello", "PROXYhello", IO_OK, IO_OK, FLOW_MOVED,
		    FLOW_OPEN, 10 },
		{ true, NULL, "PROXY", IO_WAIT, IO_OK, FLOW_MOVED, FLOW_OPEN,
		    5 },
		{ false, NULL, "PROXY", IO_OK, IO_OK, FLOW_MOVED, FLOW_OPEN,
		    5 },
		{ true, NULL, "PROXY", IO_EOF, IO_OK, FLOW_MOVED, FLOW_ENDING,
		    5 },
		{ true, NULL, "", IO_ERROR, IO_OK, FLOW_CUT, FLOW_OPEN, 0 },
		{ true, "hello", "PROXYhello", IO_OK, IO_ERROR, FLOW_MOVED,
		    FLOW_REFUSED, 0 },
		{ true, NULL, "PROXY", IO_EOF, IO_ERROR, FLOW_MOVED,
		    FLOW_REFUSED, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set_up(state);
		memcpy(bytes, "PROXY", 5);
		from.says = rows[i].says;
		from.read = rows[i].read;
		from.side.ready = rows[i].ready ? SIDE_READ : 0;
		to.write = rows[i].write;
		assert_int_equal(flow_first(&flow, &scratch, 5),
		    rows[i].result);
		assert_int_equal(flow.state, rows[i].after);
		assert_int_equal(flow.total, rows[i].total);
		assert_string_equal(to.heard, rows[i].heard);
		assert_int_equal(to.writes, *rows[i].heard != '\0');
		assert_int_equal(from.reads, rows[i].ready);
		if (rows[i].ready)
			assert_int_equal(from.asked, SCRATCH - 5);
	}
}

static void
test_a_sink_that_is_behind_stops_the_reading(void **state)
{
	static const enum flow_state states[] = { FLOW_OPEN, FLOW_ENDING };

	for (size_t i = 0; i < 2; i++) {
		set_up(state);
		flow.state = states[i];
		from.says = "hello";
		from.side.holds = true;
		to.side.behind = true;
		assert_int_equal(flow_step(&flow, &scratch), FLOW_WAITS);
		assert_int_equal(from.reads + to.writes + to.finishes, 0);
		assert_int_equal(flow.state, states[i]);
	}
}

/* Before there is a backend, its side is behind: the first bytes wait in it. */
static void
test_the_first_step_is_for_a_sink_that_is_behind_too(void **state)
{
	(void)state;
	to.side.behind = true;
	from.says = "hello";
	memcpy(bytes, "PROXY", 5);
	assert_int_equal(flow_first(&flow, &scratch, 5), FLOW_MOVED);
	assert_string_equal(to.heard, "PROXYhello");
}

static void
test_without_an_event_only_bytes_held_inside_are_read(void **state)
{
	(void)state;
	from.says = "hello";
	from.side.ready = SIDE_WRITE;
	assert_int_equal(flow_step(&flow, &scratch), FLOW_WAITS);
	assert_int_equal(from.reads, 0);
	from.side.holds = true;
	assert_int_equal(flow_step(&flow, &scratch), FLOW_MOVED);
	assert_string_equal(to.heard, "hello");
}

static void
test_an_end_is_passed_on_once(void **state)
{
	static const struct {
		enum io finish;
		bool falls_behind;
		enum flow_state after;
	} rows[] = {
		{ IO_OK, false, FLOW_CLOSED },
		{ IO_OK, true, FLOW_CLOSED },	/* a close_notify that waits */
		{ IO_ERROR, false, FLOW_REFUSED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set_up(state);
		from.read = IO_EOF;
		to.finish = rows[i].finish;
		to.falls_behind = rows[i].falls_behind;
		assert_false(flow_done(&flow));
		assert_int_equal(flow_step(&flow, &scratch), FLOW_MOVED);
		assert_false(flow_done(&flow));
		assert_int_equal(flow_step(&flow, &scratch), FLOW_MOVED);
		assert_int_equal(flow.state, rows[i].after);
		assert_true(flow_done(&flow));
		to.side.behind = false;
		assert_int_equal(flow_step(&flow, &scratch), FLOW_WAITS);
		assert_int_equal(from.reads, 1);
		assert_int_equal(to.finishes, 1);
	}
}

static void
test_nothing_is_read_for_a_sink_that_refused(void **state)
{
	(void)state;
	flow.state = FLOW_REFUSED;
	from.says = "hello";
	from.side.holds = true;
	assert_int_equal(flow_step(&flow, &scratch), FLOW_WAITS);
	assert_int_equal(from.reads + to.writes + to.finishes, 0);
}

/* What a sink does not take must be kept, so it gets little until it proves. */
static void
test_reads_grow_while_they_are_full_and_the_sink_keeps_up(void **state)
{
	enum { FULL, SHORT, BEHIND, NO_ROOM };
	static const struct {
		int how;
		size_t asked;
	} rows[] = {
		{ FULL, FLOW_LEAST }, { FULL, 2 * FLOW_LEAST },
		{ SHORT, 4 * FLOW_LEAST }, { SHORT, 4 * FLOW_LEAST },
		{ FULL, 4 * FLOW_LEAST }, { FULL, 5 * FLOW_LEAST },
		{ FULL, 5 * FLOW_LEAST },	/* there is no more scratch */
		{ NO_ROOM, FLOW_LEAST },
		{ BEHIND, 2 * FLOW_LEAST },
		{ FULL, FLOW_LEAST }, { FULL, 2 * FLOW_LEAST },
		{ BEHIND, 4 * FLOW_LEAST }, { SHORT, FLOW_LEAST },
		{ SHORT, FLOW_LEAST }, { NO_ROOM, FLOW_LEAST },
	};
	static uint8_t much[5 * FLOW_LEAST];
	struct scratch large = { much, sizeof much };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		from.full = rows[i].how != SHORT;
		from.says = "short";
		to.has_room = rows[i].how != NO_ROOM;
		to.falls_behind = rows[i].how == BEHIND;
		assert_int_equal(flow_step(&flow, &large), FLOW_MOVED);
		assert_int_equal(from.asked, rows[i].asked);
		to.side.behind = false;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    test_a_step_moves_what_is_there_and_says_so, set_up),
		cmocka_unit_test_setup(
	    test_the_lead_goes_out_with_the_first_bytes_in_one_write, set_up),
		cmocka_unit_test_setup(
		    test_a_sink_that_is_behind_stops_the_reading, set_up),
		cmocka_unit_test_setup(
		    test_the_first_step_is_for_a_sink_that_is_behind_too,
		    set_up),
		cmocka_unit_test_setup(
		    test_without_an_event_only_bytes_held_inside_are_read,
		    set_up),
		cmocka_unit_test_setup(test_an_end_is_passed_on_once, set_up),
		cmocka_unit_test_setup(
		    test_nothing_is_read_for_a_sink_that_refused, set_up),
		cmocka_unit_test_setup(
		    test_reads_grow_while_they_are_full_and_the_sink_keeps_up,
		    set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
