/*
 * test_relay.c - bytes arrive whole, in order and exactly once, whatever the
 * dice do to them; and nobody is left waiting for an event that never comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dice.h"
#include "relay/relay.h"

#define SEEDS		700
#define SAYS_MAX	300000
#define LEAD		50
#define SCRATCH		(128 * 1024)
#define GOODBYE		24		/* what a finish() may have to send */
#define NEVER		SIZE_MAX

/*
 * One end of a connection as the relay sees it, and the world behind it. Its
 * bytes arrive in a kernel, are pulled from there into the side, and are read
 * by the relay when a whole record is inside, as with TLS. What it hears goes
 * into a kernel that has only so much room.
 */
struct scripted_side {
	struct side side;
	struct scripted_side *other;
	struct dice *dice;
	uint8_t says[SAYS_MAX];
	size_t len;			/* of says */
	size_t arrived, pulled, told;
	size_t record;			/* bytes that are readable together */
	bool end_arrived, end_pulled, end_told;
	bool dies;			/* that is how it ends */
	bool patient;			/* speaks when the other has finished */

	uint8_t hears[SAYS_MAX + LEAD];
	size_t heard;
	size_t room, waiting;		/* in the kernel, and inside the side */
	size_t taken;			/* by the kernel */
	size_t refuses_from;		/* this byte on */
	bool has_room;			/* as far as is known */
	bool refuses_goodbye;
	bool absent;			/* no socket yet */
	bool finished;
	size_t moved;			/* in this run of the relay */
};

/* Both ends, what is between them, and how they are to be treated. */
struct play {
	struct relay relay;
	struct dice dice;
	struct scripted_side client, backend;
	struct scratch scratch;
	uint8_t bytes[SCRATCH];
	uint8_t lead[LEAD];
	size_t n_lead;
	bool stray_events;		/* that nobody waits for */
};

/* ---------------------------------------------- the side -------------- */

static size_t
whole_records(const struct scripted_side *a)
{
	return a->pulled == a->len ? a->len :
	    a->pulled - a->pulled % a->record;
}

static void
pull(struct scripted_side *a)
{
	size_t n = a->arrived - a->pulled;

	if (dice_one_in(a->dice, 3) && n > 1)
		n = 1 + dice_size(a->dice, n - 1);
	a->pulled += n;
	if (a->pulled < a->arrived)
		return;
	a->side.ready &= ~SIDE_READ;
	a->end_pulled = a->end_arrived;
}

static enum io
scripted_side_read(struct side *s, void *buf, size_t size, size_t *n)
{
	struct scripted_side *a = (struct scripted_side *)s;
	size_t here;

	assert_true(s->holds || s->ready & SIDE_READ);
	assert_false(a->end_told);
	assert_true(size > 0);
	/* Little, until the other has shown that it keeps up. */
	if (!a->other->has_room)
		assert_true(size <= FLOW_LEAST);
	if (s->ready & SIDE_READ)
		pull(a);
	here = whole_records(a) - a->told;
	*n = here < size ? here : size;
	if (*n > 1 && dice_one_in(a->dice, 4))
		*n = 1 + dice_size(a->dice, *n - 1);
	memcpy(buf, a->says + a->told, *n);
	a->told += *n;
	a->moved += *n;
	s->holds = whole_records(a) > a->told || a->end_pulled;
	if (*n > 0)
		return IO_OK;
	if (!a->end_pulled)
		return IO_WAIT;
	a->end_told = true;
	return a->dies ? IO_ERROR : IO_EOF;
}

/* What the kernel does not take waits. It may not take anything any more. */
static enum io
give_to_kernel(struct scripted_side *a, size_t len)
{
	size_t most = a->refuses_from - a->taken;
	size_t n = len < a->room ? len : a->room;

	if (a->room > 0 && most == 0)
		return IO_ERROR;
	n = n < most ? n : most;
	a->room -= n;
	a->taken += n;
	a->waiting = len - n;
	a->side.behind = a->waiting > 0;
	if (!a->side.behind)
		return IO_OK;
	a->side.ready &= ~SIDE_WRITE;
	return IO_WAIT;
}

static enum io
scripted_side_write(struct side *s, const void *bytes, size_t len)
{
	struct scripted_side *a = (struct scripted_side *)s;

	assert_true(len > 0);
	assert_false(a->finished);
	assert_int_equal(s->behind, a->absent);
	assert_true(len <= sizeof a->hears - a->heard);
	if (a->absent)
		a->waiting += len;
	else if (give_to_kernel(a, len) == IO_ERROR)
		return IO_ERROR;
	memcpy(a->hears + a->heard, bytes, len);
	a->heard += len;
	return IO_OK;
}

static enum io
scripted_side_flush(struct side *s)
{
	struct scripted_side *a = (struct scripted_side *)s;

	assert_true(s->behind);
	assert_true(s->ready & SIDE_WRITE);
	a->absent = false;
	return give_to_kernel(a, a->waiting);
}

static bool
scripted_side_room(const struct side *s)
{
	struct scripted_side *a = (struct scripted_side *)s;

	return a->has_room = dice_one_in(a->dice, 2);
}

static enum io
scripted_side_finish(struct side *s)
{
	struct scripted_side *a = (struct scripted_side *)s;

	assert_false(s->behind);
	assert_false(a->finished);
	if (a->refuses_goodbye && dice_one_in(a->dice, 2))
		return IO_ERROR;
	a->finished = true;
	if (a->refuses_goodbye)
		a->refuses_from = a->taken;
	else if (dice_one_in(a->dice, 2))
		return IO_OK;
	return give_to_kernel(a, GOODBYE) == IO_ERROR ? IO_ERROR : IO_OK;
}

static const struct side_ops scripted_side_ops = {
	.read = scripted_side_read,
	.write = scripted_side_write,
	.flush = scripted_side_flush,
	.has_room = scripted_side_room,
	.finish = scripted_side_finish
};

/* ---------------------------------------------- the world ------------- */

static unsigned
happens(const struct scripted_side *a)
{
	bool news = a->arrived > a->pulled ||
	    (a->end_arrived && !a->end_pulled);

	return (news ? SIDE_READ : 0) | (a->room > 0 ? SIDE_WRITE : 0);
}

/* Time goes by: a little (perhaps), or until all that can be is there. */
static void
pass_time(struct scripted_side *a, bool until_something)
{
	bool quiet = a->patient && !a->finished;

	if (until_something || dice_one_in(a->dice, 3))
		a->room += 1 + dice_size(a->dice, 200000);
	if (quiet || (!until_something && dice_one_in(a->dice, 3)))
		return;
	if (a->arrived == a->len)
		a->end_arrived = true;
	else
		a->arrived += 1 + dice_size(a->dice, a->len - a->arrived - 1);
	/* The last bytes and the end of file in one segment. */
	if (a->arrived == a->len && dice_one_in(a->dice, 2))
		a->end_arrived = true;
}

/* As an event loop does it. False: nothing will ever happen again. */
static bool
wait_for_events(struct play *p, bool at_once)
{
	unsigned client = relay_wants(&p->relay, &p->client.side);
	unsigned backend = relay_wants(&p->relay, &p->backend.side);
	unsigned c = client & happens(&p->client);
	unsigned b = backend & happens(&p->backend);

	if (!at_once && (c | b) == 0) {
		pass_time(&p->client, true);
		pass_time(&p->backend, true);
		c = client & happens(&p->client);
		b = backend & happens(&p->backend);
		if ((c | b) == 0)
			return false;
	}
	/* Each side's events come by a callback of their own. */
	if (c && b && dice_one_in(&p->dice, 2))
		*(dice_one_in(&p->dice, 2) ? &c : &b) = 0;
	if (p->stray_events) {
		c |= happens(&p->client);
		b |= happens(&p->backend);
	}
	p->client.side.ready |= c;
	p->backend.side.ready |= b;
	return true;
}

/* What is not news: another turn without any would be in vain. */
static size_t
progress(const struct play *p)
{
	return p->client.told + p->backend.told + p->client.taken +
	    p->backend.taken + p->relay.up.state + p->relay.down.state +
	    p->client.end_told + p->backend.end_told;
}

static enum relay_result
one_turn(struct play *p, bool again)
{
	size_t before = progress(p);
	enum relay_result res;

	p->client.moved = p->backend.moved = 0;
	res = relay_run(&p->relay, &p->scratch);
	if (again)
		assert_int_not_equal(progress(p), before);
	/* Others have their turn too, and memory is bounded. */
	assert_true(p->client.moved <= p->scratch.size);
	assert_true(p->backend.moved <= p->scratch.size);
	assert_true(p->client.waiting <= p->scratch.size + GOODBYE);
	assert_true(p->backend.waiting <= p->scratch.size + GOODBYE);
	assert_int_equal(p->client.side.ready | p->backend.side.ready, 0);
	return res;
}

/* The header, and what the client said before there was a backend. */
static enum relay_result
open_play(struct play *p)
{
	if (p->n_lead == 0)
		return RELAY_WAITS;
	memcpy(p->bytes, p->lead, p->n_lead);
	p->backend.absent = p->backend.side.behind = true;
	p->backend.room = 0;
	p->client.side.ready = happens(&p->client) & SIDE_READ;
	if (flow_first(&p->relay.up, &p->scratch, p->n_lead) == FLOW_CUT) {
		p->relay.broken = &p->client.side;
		return RELAY_BROKEN;
	}
	p->client.side.ready = 0;
	return RELAY_WAITS;
}

static enum relay_result
perform(struct play *p, unsigned seed)
{
	enum relay_result res = open_play(p);

	for (unsigned run_queue = 0;; run_queue++) {
		switch (res) {
		case RELAY_WAITS:
		case RELAY_AGAIN:
			break;
		case RELAY_FINISHED:
		case RELAY_BROKEN:
			return res;
		}
		/* The first turn is without a reason. */
		if (!wait_for_events(p, res == RELAY_AGAIN || run_queue == 0))
			fail_msg("seed %u: nobody will ever wake it", seed);
		if (run_queue > 400000)
			fail_msg("seed %u: it turns for ever", seed);
		res = one_turn(p, res == RELAY_AGAIN);
		pass_time(&p->client, false);
		pass_time(&p->backend, false);
	}
}

/* ---------------------------------------------- the cast -------------- */

static void
cast(struct scripted_side *a, struct dice *d)
{
	a->side = (struct side){ .ops = &scripted_side_ops };
	a->dice = d;
	a->len = dice_size(d, SAYS_MAX);
	dice_fill(d, a->says, a->len);
	a->arrived = a->pulled = a->told = 0;
	a->heard = a->taken = a->waiting = 0;
	a->record = dice_one_in(d, 2) ? 1 : 1 + dice_size(d, 17000);
	a->end_arrived = a->end_pulled = a->end_told = false;
	a->has_room = true;
	a->dies = a->patient = a->refuses_goodbye = false;
	a->absent = a->finished = false;
	a->room = dice_size(d, 20000);
	a->refuses_from = NEVER;
	/* The first request may come behind the handshake's last message. */
	a->arrived = dice_one_in(d, 2) ? dice_size(d, a->len) : 0;
	a->pulled = dice_one_in(d, 2) ? dice_size(d, a->arrived) : 0;
	a->side.holds = whole_records(a) > 0;
}

static struct play *
prepare(void **state, unsigned seed)
{
	struct play *p = *state;

	p->dice = dice_new(seed);
	p->scratch = (struct scratch){ p->bytes, LEAD + 1 +
	    dice_size(&p->dice, sizeof p->bytes - LEAD - 1) };
	cast(&p->client, &p->dice);
	cast(&p->backend, &p->dice);
	p->client.other = &p->backend;
	p->backend.other = &p->client;
	p->stray_events = dice_one_in(&p->dice, 4);
	p->n_lead = dice_one_in(&p->dice, 3) ? 0 :
	    1 + dice_roll(&p->dice, LEAD);
	dice_fill(&p->dice, p->lead, p->n_lead);
	relay_init(&p->relay, &p->client.side, &p->backend.side);
	return p;
}

static int
set_up(void **state)
{
	*state = calloc(1, sizeof(struct play));
	return *state == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

/* What one said so far is what the other heard, behind the lead. */
static void
heard_in_order(const struct scripted_side *speaker,
    const struct scripted_side *listener, const uint8_t *lead, size_t n)
{
	size_t rest = listener->heard > n ? listener->heard - n : 0;

	assert_memory_equal(listener->hears, lead, listener->heard - rest);
	assert_true(rest <= speaker->told);
	assert_memory_equal(listener->hears + n, speaker->says, rest);
}

static void
heard_all(const struct scripted_side *speaker,
    const struct scripted_side *listener, const uint8_t *lead, size_t n)
{
	heard_in_order(speaker, listener, lead, n);
	assert_int_equal(listener->heard, n + speaker->len);
	assert_int_equal(listener->waiting, 0);
	assert_false(listener->side.behind);
}

static void
all_is_well(const struct play *p)
{
	heard_all(&p->client, &p->backend, p->lead, p->n_lead);
	heard_all(&p->backend, &p->client, NULL, 0);
	assert_true(p->client.finished && p->backend.finished);
	assert_int_equal(p->relay.up.state, FLOW_CLOSED);
	assert_int_equal(p->relay.down.state, FLOW_CLOSED);
	assert_int_equal(p->relay.up.total, p->n_lead + p->client.len);
	assert_int_equal(p->relay.down.total, p->backend.len);
	assert_null(p->relay.broken);
}

/* ---------------------------------------------- facts ----------------- */

static void
test_every_byte_arrives_once_and_in_order(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct play *p = prepare(state, seed);

		assert_int_equal(perform(p, seed), RELAY_FINISHED);
		all_is_well(p);
	}
}

static void
test_half_closed_client_still_gets_its_reply(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct play *p = prepare(state, seed);

		p->backend.patient = true;
		p->backend.arrived = p->backend.pulled = 0;
		p->backend.side.holds = false;
		assert_int_equal(perform(p, seed), RELAY_FINISHED);
		all_is_well(p);
	}
}

static void
test_half_closed_backend_still_hears_the_client(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct play *p = prepare(state, seed);

		p->client.patient = true;
		p->client.arrived = p->client.pulled = 0;
		p->client.side.holds = false;
		assert_int_equal(perform(p, seed), RELAY_FINISHED);
		all_is_well(p);
	}
}

/* What it said before its death is passed on; its death is no goodbye. */
static void
test_a_dead_side_breaks_the_relay_and_is_named(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct play *p = prepare(state, seed);
		bool client = seed % 2;
		struct scripted_side *dead = client ? &p->client : &p->backend;
		struct scripted_side *other = client ? &p->backend : &p->client;

		dead->dies = true;
		assert_int_equal(perform(p, seed), RELAY_BROKEN);
		assert_ptr_equal(p->relay.broken, &dead->side);
		assert_false(other->finished);
		assert_true(dead->end_told);
		heard_in_order(&p->client, &p->backend, p->lead, p->n_lead);
		heard_in_order(&p->backend, &p->client, NULL, 0);
		if (dead->len > 0)
			assert_int_equal(other->heard, dead->len +
			    (client ? p->n_lead : 0));
	}
}

static void
test_a_sink_that_refuses_may_still_speak(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct play *p = prepare(state, seed);
		bool client = seed % 2;
		struct scripted_side *deaf = client ? &p->client : &p->backend;
		struct scripted_side *other = client ? &p->backend : &p->client;
		const struct flow *f = client ? &p->relay.down : &p->relay.up;
		size_t most = other->len + (client ? 0 : p->n_lead);

		if (most == 0 || dice_one_in(&p->dice, 3))
			deaf->refuses_goodbye = true;
		else
			deaf->refuses_from = dice_size(&p->dice, most - 1);
		assert_int_equal(perform(p, seed), RELAY_FINISHED);
		assert_int_equal(f->state, FLOW_REFUSED);
		assert_false(deaf->side.behind);
		heard_in_order(&p->client, &p->backend, p->lead, p->n_lead);
		heard_in_order(&p->backend, &p->client, NULL, 0);
		heard_all(deaf, other, p->lead, client ? p->n_lead : 0);
		assert_true(other->finished);
	}
}

static void
test_both_may_refuse(void **state)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct play *p = prepare(state, seed);

		p->client.refuses_from = dice_size(&p->dice, 50000);
		p->backend.refuses_from = dice_size(&p->dice, 50000);
		p->client.refuses_goodbye = p->backend.refuses_goodbye = true;
		assert_int_equal(perform(p, seed), RELAY_FINISHED);
		assert_int_equal(p->relay.up.state, FLOW_REFUSED);
		assert_int_equal(p->relay.down.state, FLOW_REFUSED);
		assert_null(p->relay.broken);
	}
}

static void
test_an_end_is_passed_on_in_the_same_turn(void **state)
{
	for (int client = 0; client < 2; client++) {
		struct play *p = prepare(state, 1);
		struct scripted_side *a = client ? &p->client : &p->backend;

		a->len = a->arrived = a->pulled = 0;
		a->side.holds = false;
		a->end_arrived = true;
		a->side.ready = SIDE_READ;
		a->other->arrived = a->other->pulled = 0;
		a->other->side.holds = false;
		assert_int_equal(relay_run(&p->relay, &p->scratch),
		    RELAY_WAITS);
		assert_true(a->other->finished);
		assert_false(a->finished);
	}
}

/* The table that alone decides what the loop watches. */
static void
test_a_side_is_read_for_while_the_other_keeps_up(void **state)
{
	static const struct {
		enum flow_state up;
		bool client_behind, backend_behind;
		unsigned client, backend;
	} rows[] = {
		{ FLOW_OPEN, false, false, SIDE_READ, SIDE_READ },
		{ FLOW_OPEN, false, true, 0, SIDE_READ | SIDE_WRITE },
		{ FLOW_OPEN, true, false, SIDE_READ | SIDE_WRITE, 0 },
		{ FLOW_OPEN, true, true, SIDE_WRITE, SIDE_WRITE },
		{ FLOW_ENDING, false, true, 0, SIDE_READ | SIDE_WRITE },
		{ FLOW_CLOSED, false, false, 0, SIDE_READ },
		{ FLOW_CLOSED, false, true, 0, SIDE_READ | SIDE_WRITE },
		{ FLOW_CLOSED, true, false, SIDE_WRITE, 0 },
		{ FLOW_REFUSED, false, false, 0, SIDE_READ },
		{ FLOW_REFUSED, true, true, SIDE_WRITE, SIDE_WRITE },
	};
	struct play *p = prepare(state, 1);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		p->relay.up.state = rows[i].up;
		p->client.side.behind = rows[i].client_behind;
		p->backend.side.behind = rows[i].backend_behind;
		assert_int_equal(relay_wants(&p->relay, &p->client.side),
		    rows[i].client);
		assert_int_equal(relay_wants(&p->relay, &p->backend.side),
		    rows[i].backend);
	}
}

/* Reads grow while they come back full: see test_flow.c. */
static void
test_who_reads_much_at_once_is_heavy(void **state)
{
	static const struct {
		size_t up, down;
		bool heavy;
	} rows[] = {
		{ 0, 0, false },
		{ FLOW_LEAST, FLOW_LEAST, false },
		{ 2 * FLOW_LEAST, 0, true },
		{ 0, 2 * FLOW_LEAST, true },
	};
	struct play *p = prepare(state, 1);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		p->relay.up.read_size = rows[i].up;
		p->relay.down.read_size = rows[i].down;
		assert_int_equal(relay_is_heavy(&p->relay), rows[i].heavy);
	}
}

/* Each run of the relay finds these bytes to move, and who spoke last. */
static void
test_who_spoke_last_is_known(void **state)
{
	static const struct {
		size_t up, down;
		bool asked;
	} rows[] = {
		{ 0, 0, false },
		{ 0, 10, false },	/* a server that speaks first */
		{ 10, 0, true },
		{ 0, 0, true },
		{ 0, 10, false },
		{ 0, 0, false },
		{ 10, 10, true },	/* that was no answer to this */
		{ 0, 10, false },
	};
	struct play *p = prepare(state, 1);

	p->client.len = p->backend.len = SAYS_MAX;
	p->client.record = p->backend.record = 1;
	p->client.room = p->backend.room = SAYS_MAX;
	p->client.arrived = p->client.pulled = p->client.told;
	p->backend.arrived = p->backend.pulled = p->backend.told;
	p->relay.unanswered = false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		p->client.arrived = p->client.pulled += rows[i].up;
		p->backend.arrived = p->backend.pulled += rows[i].down;
		p->client.side.ready = p->backend.side.ready = SIDE_READ;
		assert_int_not_equal(relay_run(&p->relay, &p->scratch),
		    RELAY_BROKEN);
		assert_int_equal(p->relay.unanswered, rows[i].asked);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_arrives_once_and_in_order),
		cmocka_unit_test(test_half_closed_client_still_gets_its_reply),
		cmocka_unit_test(
		    test_half_closed_backend_still_hears_the_client),
		cmocka_unit_test(
		    test_a_dead_side_breaks_the_relay_and_is_named),
		cmocka_unit_test(test_a_sink_that_refuses_may_still_speak),
		cmocka_unit_test(test_both_may_refuse),
		cmocka_unit_test(test_an_end_is_passed_on_in_the_same_turn),
		cmocka_unit_test(
		    test_a_side_is_read_for_while_the_other_keeps_up),
		cmocka_unit_test(test_who_reads_much_at_once_is_heavy),
		cmocka_unit_test(test_who_spoke_last_is_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
