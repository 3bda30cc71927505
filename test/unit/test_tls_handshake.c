/*
 * test_tls_handshake.c - handshakes that wait for a signer, and do not always
 * live to see its reply.
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "keyguard/signer.h"
#include "keys/keyring_local.h"
#include "pair.h"
#include "signing/provider.h"
#include "tls/tls_side.h"
#include "tls_client.h"
#include "tls_fixture.h"

#define TURNS		200	/* of a handshake: then it hangs */
#define PATIENCE	20000	/* milliseconds: then it hangs */
#define BIG		(1 << 20)
#define N		(sizeof kinds / sizeof *kinds)

static const char *const kinds[] = { "P-256", "ED25519", "RSA" };
static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* The client's one cipher of TLS 1.2 is not for RSA. */
static const struct {
	size_t kind;
	int version;
} rows[] = {
	{ 0, TLS1_2_VERSION }, { 0, TLS1_3_VERSION }, { 1, TLS1_2_VERSION },
	{ 1, TLS1_3_VERSION }, { 2, TLS1_3_VERSION }
};

#define ROWS		(sizeof rows / sizeof *rows)

/* ------------------------------------------------- a ring -------------- */

/* Reads keys as one does, and hands out such as only ask. */
struct away {
	struct keyring ring;
	struct keyring *local;
};

static int
away_read(struct keyring *r, uint32_t id, const struct key_source *from,
    struct key_reading *reading, struct err *e)
{
	return keyring_read(((struct away *)r)->local, id, from, reading, e);
}

static EVP_PKEY *
away_key(struct keyring *r, uint32_t id, EVP_PKEY *public)
{
	(void)r;
	return provider_key(public, id);
}

static void
away_drop(struct keyring *r, uint32_t id)
{
	keyring_drop(((struct away *)r)->local, id);
}

static void
away_free(struct keyring *r)
{
	keyring_free(((struct away *)r)->local);
	free(r);
}

static struct keyring *
away_new(void)
{
	static const struct keyring_ops ops = { .read = away_read,
	    .key = away_key, .drop = away_drop, .free = away_free };
	struct away *a = calloc(1, sizeof *a);

	if (a == NULL || (a->local = keyring_local_new()) == NULL)
		abort();
	a->ring.ops = &ops;
	return &a->ring;
}

/* ------------------------------------------------- scenes -------------- */

static struct tls_fixture fixture[N], here; /* the last: keys in this process */
static struct counters counters;

/* The signer of one fixture's keys, and our end of its channel. */
struct office {
	struct tls_signer signer;	/* first: they convert */
	struct sign_queue queue;
	struct tls_fixture *on;
	pid_t pid;
	unsigned answers;
};

/* A connection: our end, and the client's. */
struct scene {
	struct tls_side t;
	struct tls_client c;
	struct office *office;
	int fd[2];
	bool shaken;
};

static int
set_up_all(void **state)
{
	struct err e;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (provider_load(&e) != 0)
		return -1;
	for (size_t i = 0; i < N; i++)
		if (tls_fixture_make_on(&fixture[i], "", kinds[i],
		    away_new()) != 0)
			return -1;
	return tls_fixture_make(&here, "");
}

static int
tear_down_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		tls_fixture_clear(&fixture[i]);
	tls_fixture_clear(&here);
	return 0;
}

static void
on_answered(struct tls_signer *s, struct tls_side *t)
{
	(void)t;
	((struct office *)s)->answers++;
}

static void
open_office(struct office *o, struct tls_fixture *on)
{
	int pair[2];

	*o = (struct office){ .on = on, .signer = { .queue = &o->queue,
	    .answered = on_answered } };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair), 0);
	o->pid = fork();
	assert_int_not_equal(o->pid, -1);
	if (o->pid == 0) {
		close(pair[0]);
		_exit((int)signer_run(pair[1], keyring_local_find,
		    ((struct away *)on->ring)->local));
	}
	close(pair[1]);
	memset(&counters, 0, sizeof counters);
	sign_queue_init(&o->queue, pair[0], &counters);
}

static void
close_office(struct office *o)
{
	int status;

	sign_queue_clear(&o->queue);
	assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
	assert_int_equal(status, 0);
	assert_int_equal(o->queue.calls, 0);
	assert_true(TAILQ_EMPTY(&o->queue.line));
}

static void
begin(struct scene *s, struct office *o, int version)
{
	*s = (struct scene){ .office = o };
	assert_true(pair_unix(s->fd, 0));
	tls_side_init(&s->t, &o->on->buffers, &o->on->pool, s->fd[0]);
	tls_side_sign_by(&s->t, &o->signer);
	tls_client_init(&s->c, s->fd[1], version, NULL);
}

/* Between two passes the worker's buffers are everybody's, so nobody's. */
static void
nothing_is_left(const struct scene *s)
{
	const struct tls_buffers *w = s->t.bio.buffers;

	assert_int_equal(w->in_start, w->in_end);
	assert_int_equal(w->out_len, 0);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
end(struct scene *s)
{
	tls_side_clear(&s->t);
	nothing_is_left(s);
	assert_null(s->t.bio.out.first);
	assert_null(s->t.bio.pending.first);
	tls_client_clear(&s->c);
	close(s->fd[0]);
	if (s->fd[1] != -1)
		close(s->fd[1]);
}

static enum io
step(struct scene *s)
{
	enum io io = IO_OK;

	s->t.side.ready = SIDE_READ | SIDE_WRITE;
	if (s->t.ssl == NULL)
		io = tls_side_greet(&s->t, s->office->on->site);
	if (io == IO_OK)
		io = tls_side_handshake(&s->t);
	nothing_is_left(s);
	s->shaken = io == IO_OK;
	return io;
}

static void
client_turn(struct scene *s)
{
	tls_client_receive(&s->c, BIG);
	SSL_do_handshake(s->c.ssl);
	ERR_clear_error();
	tls_client_send(&s->c, BIG);
}

/* Goes on until it waits for its signature. */
static void
ask(struct scene *s)
{
	for (int i = 0; !tls_side_waits_for_signer(&s->t); i++) {
		assert_true(i < TURNS);
		client_turn(s);
		assert_int_equal(step(s), IO_WAIT);
	}
}

static void
hear(struct office *o)
{
	struct pollfd p = { .fd = o->queue.channel, .events = POLLIN };

	assert_int_equal(poll(&p, 1, PATIENCE), 1);
	(void)sign_queue_receive(&o->queue);
}

/* IO_OK: both are done. */
static enum io
finish(struct scene *s)
{
	for (int i = 0; i < TURNS; i++) {
		enum io io = IO_WAIT;

		if (tls_side_waits_for_signer(&s->t))
			hear(s->office);
		else
			client_turn(s);
		if (!s->shaken)
			io = step(s);
		if (io == IO_EOF || io == IO_ERROR)
			return io;
		if (s->shaken && SSL_is_init_finished(s->c.ssl))
			return IO_OK;
	}
	fail_msg("the handshake never ends");
	return IO_ERROR;
}

/* ------------------------------------------------- signed -------------- */

static void
test_every_handshake_is_signed_elsewhere(void **state)
{
	struct office o;
	struct scene s;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		open_office(&o, &fixture[rows[i].kind]);
		begin(&s, &o, rows[i].version);
		assert_int_equal(finish(&s), IO_OK);
		assert_int_equal(counters.cell[STATS_KEY_OK], 1);
		assert_int_equal(o.answers, 1);
		end(&s);
		close_office(&o);
	}
}

/* What the backend is told of it. */
static void
test_facts_are_those_of_a_key_that_is_here(void **state)
{
	struct proxy_facts facts[2];
	struct tls_facts mine[2];
	struct office o, none = { .on = &here };
	struct scene a, b;

	(void)state;
	open_office(&o, &fixture[0]);
	for (size_t v = 0; v < 2; v++) {
		begin(&a, &o, versions[v]);
		assert_int_equal(finish(&a), IO_OK);
		begin(&b, &o, versions[v]);
		b.office = &none;
		b.t.signer = NULL;
		b.t.call.queue = NULL;
		assert_int_equal(finish(&b), IO_OK);
		memset(facts, 0, sizeof facts);
		tls_facts_get(&mine[0], &a.t, false, &facts[0]);
		tls_facts_get(&mine[1], &b.t, false, &facts[1]);
		assert_string_equal(facts[0].sig_scheme.bytes,
		    facts[1].sig_scheme.bytes);
		assert_string_equal(facts[0].sig_alg.bytes,
		    facts[1].sig_alg.bytes);
		assert_string_equal(facts[0].key_alg.bytes,
		    facts[1].key_alg.bytes);
		assert_string_equal(facts[0].cipher.bytes,
		    facts[1].cipher.bytes);
		tls_facts_clear(&mine[0]);
		tls_facts_clear(&mine[1]);
		end(&a);
		end(&b);
	}
	close_office(&o);
}

static void
test_others_use_the_wire_while_one_waits(void **state)
{
	struct scene a, b;
	struct office o;

	(void)state;
	for (size_t v = 0; v < 2; v++) {
		open_office(&o, &fixture[0]);
		begin(&a, &o, versions[v]);
		begin(&b, &o, versions[1 - v]);
		ask(&a);
		/* What the client says meanwhile is for later. */
		assert_int_equal(write(a.fd[1], "x", 1), 1);
		assert_int_equal(finish(&b), IO_OK);
		assert_int_equal(step(&b), IO_OK);
		while (o.answers < 2)
			hear(&o);
		assert_int_equal(step(&a), IO_WAIT);
		assert_false(tls_side_waits_for_signer(&a.t));
		end(&a);
		end(&b);
		close_office(&o);
	}
}

/* A turn that was not asked for, of which there may be some. */
static void
test_step_without_a_reply_changes_nothing(void **state)
{
	struct office o;
	struct scene s;

	(void)state;
	open_office(&o, &fixture[0]);
	begin(&s, &o, TLS1_3_VERSION);
	ask(&s);
	for (int i = 0; i < 3; i++)
		assert_int_equal(step(&s), IO_WAIT);
	assert_int_equal(finish(&s), IO_OK);
	end(&s);
	close_office(&o);
}

/* ------------------------------------------------- not signed ---------- */

static void
test_connection_that_waits_can_be_ended(void **state)
{
	struct scene s, next;
	struct office o;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		open_office(&o, &fixture[rows[i].kind]);
		begin(&s, &o, rows[i].version);
		ask(&s);
		end(&s);
		assert_int_equal(o.answers, 0);
		/* Its reply comes, and is nobody's. */
		begin(&next, &o, rows[i].version);
		assert_int_equal(finish(&next), IO_OK);
		assert_int_equal(o.answers, 1);
		end(&next);
		close_office(&o);
	}
}

static void
test_session_that_waits_can_be_ended_before_the_connection(void **state)
{
	struct office o;
	struct scene s;

	(void)state;
	open_office(&o, &fixture[0]);
	begin(&s, &o, TLS1_2_VERSION);
	ask(&s);
	tls_side_end_session(&s.t);
	assert_null(s.t.ssl);
	assert_false(tls_side_waits_for_signer(&s.t));
	end(&s);
	close_office(&o);
}

static void
test_lost_signer_ends_handshakes_by_an_alert(void **state)
{
	struct office o;
	struct scene s;

	(void)state;
	for (size_t v = 0; v < 2; v++) {
		open_office(&o, &fixture[0]);
		begin(&s, &o, versions[v]);
		ask(&s);
		sign_queue_open(&o.queue, -1);
		assert_int_equal(o.answers, 1);
		assert_int_equal(step(&s), IO_ERROR);
		assert_int_equal(s.t.fault, TLS_KEYGUARD);
		assert_string_equal(tls_side_fault(&s.t),
		    "no signer was ready");
		client_turn(&s);
		end(&s);
		/* Nor does one begin that comes too late. */
		begin(&s, &o, versions[v]);
		assert_int_equal(finish(&s), IO_ERROR);
		assert_int_equal(s.t.fault, TLS_KEYGUARD);
		end(&s);
		close_office(&o);
	}
}

/* Whoever hangs up before his turn is not worth a signature. */
static void
test_client_that_left_is_not_signed_for(void **state)
{
	struct office o;
	struct scene s;

	(void)state;
	open_office(&o, &fixture[1]);
	begin(&s, &o, TLS1_3_VERSION);
	o.queue.flying = SIGN_QUEUE_FLIGHT;	/* as if so many were */
	ask(&s);
	o.queue.flying = 0;
	close(s.fd[1]);
	s.fd[1] = -1;
	assert_true(sign_queue_receive(&o.queue));
	assert_int_equal(o.answers, 1);
	assert_int_equal(step(&s), IO_ERROR);
	assert_int_equal(s.t.fault, TLS_RESET);
	assert_int_equal(counters.cell[STATS_KEY_OK], 0);
	end(&s);
	close_office(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_handshake_is_signed_elsewhere),
		cmocka_unit_test(test_facts_are_those_of_a_key_that_is_here),
		cmocka_unit_test(test_others_use_the_wire_while_one_waits),
		cmocka_unit_test(test_step_without_a_reply_changes_nothing),
		cmocka_unit_test(test_connection_that_waits_can_be_ended),
		cmocka_unit_test(
		    test_session_that_waits_can_be_ended_before_the_connection),
		cmocka_unit_test(test_lost_signer_ends_handshakes_by_an_alert),
		cmocka_unit_test(test_client_that_left_is_not_signed_for)
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
