/*
 * test_tls_relay.c - a TLS client and a clear backend hear all that the other
 * one said, in any faulty.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "dice.h"
#include "faulty_sockets.h"
#include "pair.h"
#include "relay/plain_side.h"
#include "relay/relay.h"
#include "tls/tls_side.h"
#include "tls_client.h"
#include "tls_fixture.h"

#define SEEDS		120
#define SAYS_MAX	300000
#define BUFFER		4608	/* least that the kernel gives a socket */
#define TCP_BUFFER	32768	/* with less, TCP waits for its own clocks */
#define PATIENCE	20000	/* milliseconds: then it hangs */
#define TURNS		1000000	/* of the loop: then it run_queue for ever */
#define LEAD		40
#define OVERHEAD	64	/* bytes around a record, at most */

static struct tls_fixture fixture;

/* What a program says and hears. */
struct talk {
	uint8_t says[SAYS_MAX], hears[SAYS_MAX + LEAD];
	size_t len, said, heard;
	bool finished;		/* it said its end */
	bool ended;		/* it heard the other's */
};

struct play {
	struct dice dice;
	struct tls_side client;
	struct plain_side backend;
	struct relay relay;
	struct scratch scratch;
	struct tls_client c;	/* the program at the other end of client */
	int fd;			/* and at the other end of backend */
	struct talk talk[2];	/* the client's, the backend's */
	uint8_t lead[LEAD];
	size_t n_lead;
	unsigned updates;	/* of keys, left to the client */
	bool cuts;		/* the client hangs up without a word */
};

static int
set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	*state = calloc(1, sizeof(struct play));
	return *state == NULL ? -1 : tls_fixture_make(&fixture, "");
}

static int
tear_down(void **state)
{
	free(*state);
	tls_fixture_clear(&fixture);
	return 0;
}

/* ------------------------------------------------- programs ------------ */

static bool
will_speak(const struct talk *t)
{
	return t->said < t->len || !t->finished;
}

static void
client_speaks(struct play *p)
{
	struct talk *t = &p->talk[0];
	size_t n = 1 + dice_size(&p->dice, 60000);

	if (p->updates > 0 && SSL_version(p->c.ssl) == TLS1_3_VERSION &&
	    SSL_is_init_finished(p->c.ssl) && dice_one_in(&p->dice, 10)) {
		p->updates--;
		SSL_key_update(p->c.ssl, dice_one_in(&p->dice, 2) ?
		    SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
		SSL_do_handshake(p->c.ssl);
	}
	n = n < t->len - t->said ? n : t->len - t->said;
	if (n > 0 && SSL_write_ex(p->c.ssl, t->says + t->said, n, &n) == 1)
		t->said += n;
	if (t->said < t->len || t->finished || tls_client_unsent(&p->c) > 0)
		return;
	/* SSL_shutdown() refuses while hands are shaken. */
	if (p->cuts)
		p->c.shut = shutdown(p->c.fd, SHUT_WR) == 0;
	t->finished = p->cuts || SSL_shutdown(p->c.ssl) >= 0;
	ERR_clear_error();
}

static void
client_hears(struct play *p)
{
	struct talk *t = &p->talk[0];
	size_t n = 0;
	int ret = 1;

	while (ret == 1) {
		ret = SSL_read_ex(p->c.ssl, t->hears + t->heard,
		    sizeof t->hears - t->heard, &n);
		t->heard += ret == 1 ? n : 0;
	}
	if (SSL_get_error(p->c.ssl, ret) == SSL_ERROR_ZERO_RETURN)
		t->ended = true;
	else if (SSL_get_error(p->c.ssl, ret) != SSL_ERROR_WANT_READ)
		fail_msg("the client cannot read what it got");
	ERR_clear_error();
}

static void
client_moves(struct play *p, short events)
{
	/* Now and then it is slow, and its socket fills. */
	if (events & (POLLIN | POLLHUP) && !dice_one_in(&p->dice, 4))
		tls_client_receive(&p->c, 1 + dice_size(&p->dice, 50000));
	SSL_do_handshake(p->c.ssl);
	client_hears(p);
	if (SSL_is_init_finished(p->c.ssl) && tls_client_unsent(&p->c) < 50000)
		client_speaks(p);
	tls_client_send(&p->c, 1 + dice_size(&p->dice, 50000));
}

static void
backend_moves(struct play *p, short events)
{
	struct talk *t = &p->talk[1];
	size_t n = 1 + dice_size(&p->dice, 50000);
	ssize_t r = -1;

	n = n < t->len - t->said ? n : t->len - t->said;
	if (events & POLLOUT && n > 0 &&
	    (r = write(p->fd, t->says + t->said, n)) > 0)
		t->said += (size_t)r;
	if (t->said == t->len && !t->finished && dice_one_in(&p->dice, 2)) {
		shutdown(p->fd, SHUT_WR);
		t->finished = true;
	}
	if (!(events & (POLLIN | POLLHUP)) || dice_one_in(&p->dice, 4))
		return;
	r = read(p->fd, t->hears + t->heard, sizeof t->hears - t->heard);
	t->heard += r > 0 ? (size_t)r : 0;
	t->ended = r == 0;
}

/* ------------------------------------------------- the loop ------------ */

static short
poll_events(unsigned wants)
{
	return (short)((wants & SIDE_READ ? POLLIN : 0) |
	    (wants & SIDE_WRITE ? POLLOUT : 0));
}

static unsigned
side_events(short events)
{
	return (events & (POLLIN | POLLHUP | POLLERR) ? SIDE_READ : 0) |
	    (events & (POLLOUT | POLLHUP | POLLERR) ? SIDE_WRITE : 0);
}

/* Somebody moves whatever happens; the kernel says nothing of that. */
static bool
restless(const struct play *p)
{
	const struct talk *c = &p->talk[0], *b = &p->talk[1];

	return (will_speak(c) && tls_client_unsent(&p->c) < 50000 &&
	    SSL_is_init_finished(p->c.ssl)) ||
	    (b->said == b->len && !b->finished);
}

/* Waits for what the sides want, and moves the programs. */
static void
wait_for_events(struct play *p, unsigned client, unsigned backend, bool at_once)
{
	const struct talk *b = &p->talk[1];
	struct pollfd w[4] = {
		{ p->client.side.fd, poll_events(client), 0 },
		{ p->backend.side.fd, poll_events(backend), 0 },
		/* It reads on after our end: answers to its key updates. */
		{ p->c.fd, (short)((p->c.hungup ? 0 : POLLIN) |
		    (tls_client_unsent(&p->c) > 0 ? POLLOUT : 0)), 0 },
		{ p->fd, (short)((b->ended ? 0 : POLLIN) |
		    (b->said < b->len ? POLLOUT : 0)), 0 },
	};
	int wait = at_once || restless(p) ? 0 : PATIENCE;

	for (int i = 0; i < 4; i++)
		if (w[i].events == 0)
			w[i].fd = -1;
	if (poll(w, 4, wait) == 0 && wait > 0)
		fail_msg("nobody will ever wake it");
	client_moves(p, w[2].revents);
	backend_moves(p, w[3].revents);
	p->client.side.ready |= side_events(w[0].revents);
	p->backend.side.ready |= side_events(w[1].revents);
}

static void
all_is_bounded(const struct play *p)
{
	size_t records = p->scratch.size / 16384 + 1;

	assert_int_equal(fixture.buffers.in_start, fixture.buffers.in_end);
	assert_int_equal(fixture.buffers.out_len, 0);
	assert_int_equal(ERR_peek_error(), 0);
	assert_true(p->client.bio.pending.len <= TLS_BIO_IN);
	/* Besides data: goodbye, and answers to a few key updates. */
	assert_true(p->client.bio.out.len <= p->scratch.size +
	    (records + 12) * OVERHEAD + 4096);
	assert_true(p->backend.out.len <= p->scratch.size);
}

static void
shake_hands(struct play *p)
{
	struct side *s = &p->client.side;
	enum io io = IO_WAIT;

	while (io == IO_WAIT) {
		wait_for_events(p, SIDE_READ | (s->behind ? SIDE_WRITE : 0), 0,
		    false);
		if (s->behind && s->ready & SIDE_WRITE)
			(void)s->ops->flush(s);
		io = IO_OK;
		if (p->client.ssl == NULL)
			io = tls_side_greet(&p->client, fixture.site);
		if (io == IO_OK)
			io = tls_side_handshake(&p->client);
		s->ready = 0;
		all_is_bounded(p);
	}
	if (io != IO_OK)
		fail_msg("handshake: %s", tls_side_fault(&p->client));
}

/* As a connection does it: the lead, and what the client said, wait. */
static void
open_relay(struct play *p)
{
	relay_init(&p->relay, &p->client.side, &p->backend.side);
	if (p->n_lead == 0)
		return;
	memcpy(p->scratch.bytes, p->lead, p->n_lead);
	p->backend.side.behind = true;
	assert_int_equal(flow_first(&p->relay.up, &p->scratch, p->n_lead),
	    FLOW_MOVED);
}

static enum relay_result
run(struct play *p)
{
	enum relay_result res = RELAY_AGAIN;
	unsigned run_queue = 0;

	shake_hands(p);
	open_relay(p);
	while (res == RELAY_WAITS || res == RELAY_AGAIN) {
		assert_true(run_queue++ < TURNS);
		wait_for_events(p, relay_wants(&p->relay, &p->client.side),
		    relay_wants(&p->relay, &p->backend.side),
		    res == RELAY_AGAIN);
		res = relay_run(&p->relay, &p->scratch);
		all_is_bounded(p);
	}
	return res;
}

/* ------------------------------------------------- plays --------------- */

static void
cast(struct talk *t, struct dice *d)
{
	t->len = dice_size(d, SAYS_MAX);
	t->said = t->heard = 0;
	t->finished = t->ended = false;
	dice_fill(d, t->says, t->len);
}

static struct play *
prepare(void **state, unsigned seed, bool storm)
{
	struct play *p = *state;
	bool tcp = seed & 2;
	int pair[2];

	faulty_clear();
	if (storm)
		faulty_random(seed);
	p->dice = dice_new(seed);
	p->scratch = (struct scratch){ fixture.scratch.bytes,
	    512 + dice_size(&p->dice, STAGE_SCRATCH - 512) };
	assert_true(tcp ? pair_tcp(pair, TCP_BUFFER) : pair_unix(pair, BUFFER));
	tls_side_init(&p->client, &fixture.buffers, &fixture.pool, pair[0]);
	tls_client_init(&p->c, pair[1],
	    seed & 1 ? TLS1_3_VERSION : TLS1_2_VERSION, NULL);
	assert_true(tcp ? pair_tcp(pair, TCP_BUFFER) : pair_unix(pair, BUFFER));
	plain_side_init(&p->backend, &fixture.pool, pair[0]);
	p->fd = pair[1];
	cast(&p->talk[0], &p->dice);
	cast(&p->talk[1], &p->dice);
	p->n_lead = dice_one_in(&p->dice, 3) ? 0 : LEAD;
	dice_fill(&p->dice, p->lead, p->n_lead);
	p->updates = 10;
	p->cuts = false;
	return p;
}

static void
clean_up(struct play *p)
{
	close(p->client.side.fd);
	close(p->backend.side.fd);
	tls_side_clear(&p->client);
	p->backend.side.ops->clear(&p->backend.side);
	close(p->c.fd);
	close(p->fd);
	tls_client_clear(&p->c);
}

/* What is still on its way when the relay is done with it. */
static void
hear_out(struct play *p)
{
	while (!p->talk[0].ended || !p->talk[1].ended) {
		struct pollfd w[2] = {
			{ p->talk[0].ended ? -1 : p->c.fd, POLLIN, 0 },
			{ p->talk[1].ended ? -1 : p->fd, POLLIN, 0 }
		};

		assert_true(poll(w, 2, PATIENCE) > 0);
		client_moves(p, w[0].revents);
		backend_moves(p, w[1].revents);
	}
}

static void
all_was_heard(const struct play *p)
{
	const struct talk *c = &p->talk[0], *b = &p->talk[1];

	assert_int_equal(b->heard, p->n_lead + c->len);
	assert_memory_equal(b->hears, p->lead, p->n_lead);
	assert_memory_equal(b->hears + p->n_lead, c->says, c->len);
	assert_int_equal(c->heard, b->len);
	assert_memory_equal(c->hears, b->says, b->len);
}

static void
test_every_byte_arrives_in_any_weather(void **state)
{
	for (unsigned seed = 0; seed < 2 * SEEDS; seed++) {
		struct play *p = prepare(state, seed, seed >= SEEDS);

		if (run(p) != RELAY_FINISHED)
			fail_msg("seed %u: %s", seed,
			    tls_side_fault(&p->client));
		hear_out(p);
		all_was_heard(p);
		assert_false(p->client.cut);
		assert_int_equal(p->client.fault, TLS_NO_FAULT);
		clean_up(p);
	}
}

/* All that was said is passed on, and it is known that more might have been. */
static void
test_a_client_that_hangs_up_without_a_word_has_cut_itself_off(void **state)
{
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct play *p = prepare(state, seed, seed % 3 == 0);

		p->cuts = true;
		assert_int_equal(run(p), RELAY_FINISHED);
		hear_out(p);
		all_was_heard(p);
		assert_true(p->client.cut);
		clean_up(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_arrives_in_any_weather),
		cmocka_unit_test(
	test_a_client_that_hangs_up_without_a_word_has_cut_itself_off),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
