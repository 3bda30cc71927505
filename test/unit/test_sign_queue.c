/*
 * test_sign_queue.c - the worker's end of the channel, with signers of all
 * sorts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "signing/sign_queue.h"

#define MANY	(3 * SIGN_QUEUE_FLIGHT)

struct scene {
	struct sign_queue queue;
	int signer;			/* its end of the channel */
	struct sign_wait wait[MANY];
	unsigned answered;
	unsigned gone;			/* asked whether it is */
};

static struct scene scene;
static struct counters counters;

static void
on_answered(struct sign_wait *w)
{
	struct scene *s = w->owner;

	s->answered++;
}

static bool
yes(struct sign_wait *w)
{
	struct scene *s = w->owner;

	s->gone++;
	return true;
}

static bool
no(struct sign_wait *w)
{
	struct scene *s = w->owner;

	s->gone++;
	return false;
}

static int
open_pair(int *theirs)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, pair), 0);
	*theirs = pair[1];
	return pair[0];
}

static int
set_up(void **state)
{
	struct scene *s = &scene;

	*state = s;
	*s = (struct scene){ .answered = 0 };
	sign_queue_init(&s->queue, open_pair(&s->signer), &counters);
	memset(&counters, 0, sizeof counters);
	for (unsigned i = 0; i < MANY; i++)
		s->wait[i] = (struct sign_wait){ .owner = s,
		    .answered = on_answered, .ask = { .key = i } };
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *s = *state;

	sign_queue_clear(&s->queue);
	if (s->signer != -1)
		close(s->signer);
	return 0;
}

static void
ask(struct scene *s, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		sign_queue_ask(&s->queue, &s->wait[i]);
}

/* The next request that arrived. False: there is none. */
static bool
hear(struct scene *s, struct sign_request *a)
{
	return recv(s->signer, a, sizeof *a, 0) == sizeof *a;
}

static void
say(struct scene *s, const struct sign_reply *r, size_t len)
{
	assert_int_equal(send(s->signer, r, len, 0), len);
}

/* Signs the next request with its number. */
static bool
sign(struct scene *s)
{
	struct sign_reply r = { .result = KEY_SIGNED, .len = 4 };
	struct sign_request a;

	if (!hear(s, &a))
		return false;
	r.number = a.number;
	memcpy(r.signature, &a.key, 4);
	say(s, &r, sizeof r);
	return true;
}

static void
test_replies_come_to_those_who_asked(void **state)
{
	struct scene *s = *state;

	ask(s, 0, MANY);
	while (sign(s))
		assert_true(sign_queue_receive(&s->queue));
	assert_int_equal(s->answered, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(s->wait[i].state, SIGN_WAIT_SIGNED);
		assert_int_equal(s->wait[i].reply.len, 4);
		assert_memory_equal(s->wait[i].reply.signature, &i, 4);
	}
	assert_int_equal(s->queue.flying, 0);
	assert_int_equal(counters.cell[STATS_KEY_OK], MANY);
	/* Nothing came, and that is no fault. */
	assert_true(sign_queue_receive(&s->queue));
}

static void
test_only_a_few_are_with_the_signer_at_a_time(void **state)
{
	struct scene *s = *state;
	struct sign_request a;

	ask(s, 0, MANY);
	for (unsigned i = 0; i < SIGN_QUEUE_FLIGHT; i++) {
		assert_true(hear(s, &a));
		assert_int_equal(a.key, i);
	}
	assert_false(hear(s, &a));
	say(s, &(struct sign_reply){ .number = 0, .len = 1 },
	    sizeof(struct sign_reply));
	assert_true(sign_queue_receive(&s->queue));
	assert_true(hear(s, &a));
	assert_int_equal(a.key, SIGN_QUEUE_FLIGHT);
	assert_false(hear(s, &a));
}

static void
test_two_that_take_long_are_with_the_signer_and_no_more(void **state)
{
	static const struct {
		uint8_t algorithm, hash;
		unsigned room;
	} rows[] = {
		{ KEY_RSA_PSS, KEY_SHA256, SIGN_QUEUE_SLOW },
		{ KEY_RSA_PKCS1, KEY_SHA512, SIGN_QUEUE_SLOW },
		{ KEY_ECDSA, KEY_SHA384, SIGN_QUEUE_SLOW },
		{ KEY_ECDSA, KEY_SHA256, SIGN_QUEUE_FLIGHT },
		{ KEY_EDDSA, KEY_NO_HASH, SIGN_QUEUE_FLIGHT },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned most = 0;

		s->answered = 0;
		for (unsigned k = 0; k < MANY; k++) {
			s->wait[k].ask.algorithm = rows[i].algorithm;
			s->wait[k].ask.hash = rows[i].hash;
		}
		ask(s, 0, MANY);
		do {
			if (s->queue.flying > most)
				most = s->queue.flying;
			if (!sign(s))
				break;
		} while (sign_queue_receive(&s->queue));
		assert_int_equal(most, rows[i].room);
		assert_int_equal(s->answered, MANY);
	}
}

static void
test_what_is_quick_waits_for_what_is_not_before_it(void **state)
{
	struct scene *s = *state;
	struct sign_request a;

	for (unsigned k = 0; k < 3; k++)
		s->wait[k].ask.algorithm = KEY_RSA_PSS;
	ask(s, 0, 5);
	assert_int_equal(s->queue.flying, SIGN_QUEUE_SLOW);
	assert_true(sign(s));
	assert_true(sign_queue_receive(&s->queue));
	/* The third, and what came after it. */
	assert_int_equal(s->queue.flying, 4);
	for (unsigned k = 1; k < 5; k++) {
		assert_true(hear(s, &a));
		assert_int_equal(a.key, k);
	}
}

static void
test_refusal_of_the_key_is_told(void **state)
{
	struct scene *s = *state;

	ask(s, 0, 2);
	say(s, &(struct sign_reply){ .result = KEY_FAILED },
	    sizeof(struct sign_reply));
	assert_true(sign_queue_receive(&s->queue));
	assert_int_equal(s->wait[0].state, SIGN_WAIT_FAILED);
	assert_int_equal(s->wait[1].state, SIGN_WAIT_SENT);
	assert_int_equal(counters.cell[STATS_KEY_FAILED], 1);
}

static void
test_who_left_before_his_turn_costs_no_signature(void **state)
{
	struct scene *s = *state;
	struct sign_request a;

	for (unsigned i = 0; i < MANY; i++)
		s->wait[i].is_gone = i % 2 == 0 ? yes : no;
	ask(s, 0, MANY);
	/* Who does not wait is not looked after. */
	assert_int_equal(s->gone, 0);
	while (sign(s))
		assert_true(sign_queue_receive(&s->queue));
	assert_false(hear(s, &a));
	assert_int_equal(s->gone, MANY - SIGN_QUEUE_FLIGHT);
	assert_int_equal(counters.cell[STATS_KEY_OK],
	    SIGN_QUEUE_FLIGHT + (MANY - SIGN_QUEUE_FLIGHT) / 2);
	assert_int_equal(s->answered, MANY);
}

static void
test_what_is_given_up_is_not_sent_and_its_reply_dropped(void **state)
{
	struct scene *s = *state;
	unsigned signatures = 0;

	ask(s, 0, MANY);
	for (unsigned i = 0; i < MANY; i += 3)
		sign_queue_give_up(&s->queue, &s->wait[i]);
	while (sign(s)) {
		signatures++;
		assert_true(sign_queue_receive(&s->queue));
	}
	/* A third of those that were sent were in vain. */
	assert_int_equal(signatures, MANY - MANY / 3 +
	    (SIGN_QUEUE_FLIGHT + 2) / 3);
	assert_int_equal(s->answered, MANY - MANY / 3);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(s->wait[i].state, i % 3 == 0 ?
		    SIGN_WAIT_IDLE : SIGN_WAIT_SIGNED);
}

static void
test_lost_channel_fails_all_who_wait(void **state)
{
	struct scene *s = *state;

	ask(s, 0, MANY - 1);
	close(s->signer);
	s->signer = -1;
	assert_false(sign_queue_receive(&s->queue));
	assert_int_equal(s->queue.channel, -1);
	assert_int_equal(s->answered, MANY - 1);
	assert_int_equal(counters.cell[STATS_KEY_LOST], MANY - 1);
	/* Who asks now is told at once, and not called. */
	ask(s, MANY - 1, MANY);
	assert_int_equal(s->wait[MANY - 1].state, SIGN_WAIT_LOST);
	assert_int_equal(s->answered, MANY - 1);
}

static void
test_new_channel_is_served_and_the_old_one_forgotten(void **state)
{
	struct scene *s = *state;
	struct sign_request a;
	int old = s->signer;

	ask(s, 0, 3);
	assert_true(hear(s, &a));
	sign_queue_open(&s->queue, open_pair(&s->signer));
	assert_int_equal(s->answered, 3);
	assert_int_equal(recv(old, &a, sizeof a, MSG_DONTWAIT), sizeof a);
	close(old);
	ask(s, 3, 5);
	assert_true(sign(s));
	assert_true(sign_queue_receive(&s->queue));
	assert_int_equal(s->wait[3].state, SIGN_WAIT_SIGNED);
	assert_int_equal(s->wait[4].state, SIGN_WAIT_SENT);
}

/* The signer went between two run_queue of the loop: it is found out next. */
static void
test_request_after_the_signers_end_waits_for_the_news(void **state)
{
	struct scene *s = *state;

	close(s->signer);
	s->signer = -1;
	ask(s, 0, 1);
	assert_int_equal(s->wait[0].state, SIGN_WAIT_LINE);
	assert_int_equal(s->answered, 0);
	assert_false(sign_queue_receive(&s->queue));
	assert_int_equal(s->wait[0].state, SIGN_WAIT_LOST);
	assert_int_equal(s->answered, 1);
}

static void
test_bad_reply_costs_the_channel_and_nothing_else(void **state)
{
	static const struct {
		struct sign_reply reply;
		size_t len;
	} rows[] = {
		{ { .number = 1, .len = 1 }, sizeof(struct sign_reply) },
		{ { .number = UINT32_MAX, .len = 1 },
		    sizeof(struct sign_reply) },
		{ { .len = 0 }, sizeof(struct sign_reply) },
		{ { .len = KEY_SIGNATURE + 1 }, sizeof(struct sign_reply) },
		{ { .len = UINT16_MAX }, sizeof(struct sign_reply) },
		{ { .result = KEY_FAILED, .len = 1 },
		    sizeof(struct sign_reply) },
		{ { .result = 2, .len = 1 }, sizeof(struct sign_reply) },
		{ { .len = 1 }, sizeof(struct sign_reply) - 1 },
		{ { .len = 1 }, 8 }, { { .len = 1 }, 1 }
	};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ask(s, 0, 3);
		say(s, &rows[i].reply, rows[i].len);
		assert_false(sign_queue_receive(&s->queue));
		assert_int_equal(s->queue.channel, -1);
		for (int k = 0; k < 3; k++)
			assert_int_equal(s->wait[k].state, SIGN_WAIT_LOST);
		close(s->signer);
		sign_queue_init(&s->queue, open_pair(&s->signer), NULL);
	}
}

static void
test_reply_that_nobody_asked_for_costs_the_channel(void **state)
{
	uint8_t more[sizeof(struct sign_reply) + 1] = { 0 };
	struct scene *s = *state;

	say(s, &(struct sign_reply){ .number = 0, .len = 1 },
	    sizeof(struct sign_reply));
	assert_false(sign_queue_receive(&s->queue));
	close(s->signer);
	sign_queue_open(&s->queue, open_pair(&s->signer));
	ask(s, 0, 1);
	assert_int_equal(send(s->signer, more, sizeof more, 0), sizeof more);
	assert_false(sign_queue_receive(&s->queue));
}

static void
test_numbers_may_pass_their_end(void **state)
{
	struct scene *s = *state;

	s->queue.number = UINT32_MAX - 2;
	ask(s, 0, 9);
	for (int i = 0; i < 9; i++)
		assert_true(sign(s));
	assert_true(sign_queue_receive(&s->queue));
	assert_int_equal(counters.cell[STATS_KEY_OK], 9);
}

int
main(void)
{
#define T(name)	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_replies_come_to_those_who_asked),
		T(test_only_a_few_are_with_the_signer_at_a_time),
		T(test_two_that_take_long_are_with_the_signer_and_no_more),
		T(test_what_is_quick_waits_for_what_is_not_before_it),
		T(test_refusal_of_the_key_is_told),
		T(test_who_left_before_his_turn_costs_no_signature),
		T(test_what_is_given_up_is_not_sent_and_its_reply_dropped),
		T(test_lost_channel_fails_all_who_wait),
		T(test_new_channel_is_served_and_the_old_one_forgotten),
		T(test_request_after_the_signers_end_waits_for_the_news),
		T(test_bad_reply_costs_the_channel_and_nothing_else),
		T(test_reply_that_nobody_asked_for_costs_the_channel),
		T(test_numbers_may_pass_their_end)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
