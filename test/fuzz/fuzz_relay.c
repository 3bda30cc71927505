/*
 * fuzz_relay.c - whatever happens in whatever order, bytes out are bytes in.
 *
 * The input is a script: what a TLS client, a clear backend and the kernel do,
 * step by step, to a relay between them. When it ends everybody finishes what
 * he began, and has then heard all that the other one said.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "../unit/faulty_sockets.h"
#include "../unit/pair.h"
#include "../unit/tls_client.h"
#include "../unit/tls_fixture.h"
#include "relay/plain_side.h"
#include "relay/relay.h"
#include "tls/tls_side.h"

#define SAYS_MAX	400000
#define STEPS		400	/* of a script */
#define UPDATES		8	/* of keys: more is a flood */
#define PATIENCE	10000	/* run_queue without a byte: then it hangs */
#define BUFFER		4608
#define MARGIN		8192	/* alerts, tickets, records' heads */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum op {
	CLIENT_SAYS, CLIENT_SENDS, CLIENT_HEARS, CLIENT_ENDS, CLIENT_CUTS,
	CLIENT_UPDATES, BACKEND_SAYS, BACKEND_HEARS, BACKEND_ENDS, STEP_RELAY,
	WEATHER, RUBBISH, RESET, OPS
};

struct talk {
	size_t said, heard;
	bool finished, ended;
};

struct play {
	struct tls_fixture *fixture;
	struct tls_side client;
	struct plain_side backend;
	struct relay relay;
	struct scratch scratch;
	enum relay_result result;
	struct tls_client c;
	int fd;			/* the backend's */
	struct talk of_client, of_backend;
	unsigned updates;
	bool cut;		/* the client hung up without a word */
	bool spoilt;		/* bytes are lost, and may be */
	bool moved;		/* somebody did something in this turn */
};

/* Both say the same words, from another place on. */
static const uint8_t *
words(size_t from)
{
	static uint8_t all[SAYS_MAX + 1000];
	uint32_t x = 1;

	for (size_t i = 0; all[0] == 0 && i < sizeof all; i++) {
		x = x * 1664525u + 1013904223u;
		all[sizeof all - 1 - i] = (uint8_t)(x >> 24 | 1);
	}
	return all + from;
}

static struct tls_fixture *
fixture(void)
{
	static struct tls_fixture s;

	if (s.site == NULL) {
		signal(SIGPIPE, SIG_IGN);
		if (tls_fixture_make(&s, "") != 0)
			abort();
		/* All is read; nobody comes back to tidy up. */
		folder_remove(&s.folder);
	}
	return &s;
}

/* ------------------------------------------------- programs ------------ */

static void
client_says(struct play *p, size_t n)
{
	struct talk *t = &p->of_client;

	if (t->finished || t->said + n > SAYS_MAX || n == 0 ||
	    tls_client_unsent(&p->c) > 100000)
		return;
	if (SSL_write_ex(p->c.ssl, words(t->said), n, &n) == 1)
		t->said += n;
	ERR_clear_error();
}

static void
client_hears(struct play *p, size_t max)
{
	static uint8_t heard[65536];
	struct talk *t = &p->of_client;
	size_t n;
	int ret;

	if (tls_client_receive(&p->c, max) > 0)
		p->moved = true;
	while ((ret = SSL_read_ex(p->c.ssl, heard, sizeof heard, &n)) == 1) {
		assert(memcmp(heard, words(500 + t->heard), n) == 0);
		t->heard += n;
	}
	if (SSL_get_error(p->c.ssl, ret) == SSL_ERROR_ZERO_RETURN)
		t->ended = true;
	else
		assert(p->spoilt ||
		    SSL_get_error(p->c.ssl, ret) == SSL_ERROR_WANT_READ);
	ERR_clear_error();
}

static void
client_sends(struct play *p, size_t max)
{
	if (tls_client_send(&p->c, max) > 0)
		p->moved = true;
}

static void
client_ends(struct play *p)
{
	if (p->of_client.finished)
		return;
	p->moved = p->of_client.finished = true;
	SSL_shutdown(p->c.ssl);
	ERR_clear_error();
}

/* In the middle of a record, if there is half of one. */
static void
client_cuts(struct play *p)
{
	if (p->c.shut)
		return;
	p->cut = !p->of_client.finished || tls_client_unsent(&p->c) > 0;
	p->spoilt |= tls_client_unsent(&p->c) > 0;
	p->of_client.finished = p->c.shut = p->moved = true;
	shutdown(p->c.fd, SHUT_WR);
}

static void
client_updates(struct play *p, bool ask)
{
	if (p->of_client.finished || p->updates++ >= UPDATES)
		return;
	SSL_key_update(p->c.ssl, ask ? SSL_KEY_UPDATE_REQUESTED :
	    SSL_KEY_UPDATE_NOT_REQUESTED);
	SSL_do_handshake(p->c.ssl);
	ERR_clear_error();
}

static void
backend_says(struct play *p, size_t n)
{
	struct talk *t = &p->of_backend;
	ssize_t put;

	if (t->finished || t->said + n > SAYS_MAX || n == 0)
		return;
	put = write(p->fd, words(500 + t->said), n);
	t->said += put > 0 ? (size_t)put : 0;
}

static void
backend_hears(struct play *p, size_t max)
{
	static uint8_t heard[65536];
	struct talk *t = &p->of_backend;
	ssize_t n = read(p->fd, heard, max < sizeof heard ? max :
	    sizeof heard);

	if (t->ended || n < 0 || max == 0)
		return;
	assert(memcmp(heard, words(t->heard), (size_t)n) == 0);
	t->heard += (size_t)n;
	t->ended = n == 0;
	p->moved = true;
}

static void
backend_ends(struct play *p)
{
	if (p->of_backend.finished)
		return;
	p->moved = p->of_backend.finished = true;
	shutdown(p->fd, SHUT_WR);
}

/* ------------------------------------------------- the loop ------------ */

static void
is_sound(const struct play *p)
{
	const struct tls_buffers *w = &p->fixture->buffers;

	assert(w->in_start == w->in_end && w->out_len == 0);
	assert(ERR_peek_error() == 0);
	assert(p->client.bio.pending.len <= TLS_BIO_IN);
	assert(p->client.bio.out.len <= p->scratch.size + MARGIN);
	assert(p->backend.out.len <= p->scratch.size);
	assert(p->of_client.heard <= p->of_backend.said);
	assert(p->of_backend.heard <= p->of_client.said);
}

/* The events among the wanted ones that the kernel has. */
static unsigned
events(int fd, unsigned wants)
{
	struct pollfd w = { .fd = fd, .events =
	    (short)((wants & SIDE_READ ? POLLIN : 0) |
	    (wants & SIDE_WRITE ? POLLOUT : 0)) };

	if (wants == 0 || poll(&w, 1, 0) != 1)
		return 0;
	return w.revents & (POLLHUP | POLLERR) ? wants :
	    (w.revents & POLLIN ? SIDE_READ : 0) |
	    (w.revents & POLLOUT ? SIDE_WRITE : 0);
}

/* One turn, if there is a reason for one; another, if unasked. */
static void
run_relay(struct play *p, bool unasked)
{
	unsigned c = events(p->client.side.fd, relay_wants(&p->relay,
	    &p->client.side));
	unsigned b = events(p->backend.side.fd, relay_wants(&p->relay,
	    &p->backend.side));

	if (p->result == RELAY_FINISHED || p->result == RELAY_BROKEN)
		return;
	if (!unasked && (c | b) == 0 && p->result == RELAY_WAITS)
		return;
	p->moved |= (c | b) != 0 || p->result == RELAY_AGAIN;
	p->client.side.ready |= c;
	p->backend.side.ready |= b;
	p->result = relay_run(&p->relay, &p->scratch);
	assert(p->client.side.ready == 0 && p->backend.side.ready == 0);
	assert(p->result != RELAY_BROKEN || p->spoilt);
	is_sound(p);
}

static void
shake_hands(struct play *p)
{
	enum io io = IO_WAIT;

	for (int i = 0; io == IO_WAIT; i++) {
		assert(i < 100);
		SSL_do_handshake(p->c.ssl);
		ERR_clear_error();
		client_sends(p, SAYS_MAX);
		p->client.side.ready = SIDE_READ | SIDE_WRITE;
		if (p->client.side.behind)
			p->client.side.ops->flush(&p->client.side);
		io = p->client.ssl != NULL ? IO_OK :
		    tls_side_greet(&p->client, p->fixture->site);
		if (io == IO_OK)
			io = tls_side_handshake(&p->client);
		tls_client_receive(&p->c, SAYS_MAX);
	}
	assert(io == IO_OK);
	SSL_do_handshake(p->c.ssl);
	ERR_clear_error();
	p->client.side.ready = 0;
}

static void
follow(struct play *p, enum op op, uint8_t much)
{
	size_t n = (size_t)much * much;

	switch (op) {
	case CLIENT_SAYS:	client_says(p, n); break;
	case CLIENT_SENDS:	client_sends(p, n); break;
	case CLIENT_HEARS:	client_hears(p, n); break;
	case CLIENT_ENDS:	client_ends(p); break;
	case CLIENT_CUTS:	client_cuts(p); break;
	case CLIENT_UPDATES:	client_updates(p, much & 1); break;
	case BACKEND_SAYS:	backend_says(p, n); break;
	case BACKEND_HEARS:	backend_hears(p, n); break;
	case BACKEND_ENDS:	backend_ends(p); break;
	case STEP_RELAY:	run_relay(p, much == 255); break;
	case WEATHER:
		faulty_clear();
		if (much > 0)
			faulty_random(much);
		break;
	case RUBBISH:
		p->spoilt = true;
		(void)!write(p->c.fd, "rubbish that is no record",
		    1 + much % 24);
		break;
	case RESET:
		/* The next byte that somebody wants to say meets it. */
		p->spoilt = true;
		faulty.send_fails[0] = ECONNRESET;
		break;
	case OPS:
		break;
	}
}

/* Everybody finishes; nobody may be left waiting. */
static void
finish(struct play *p)
{
	faulty_clear();
	for (int idle = 0; p->result == RELAY_WAITS ||
	    p->result == RELAY_AGAIN;) {
		p->moved = false;
		client_ends(p);
		backend_ends(p);
		client_sends(p, SAYS_MAX);
		client_hears(p, SAYS_MAX);
		backend_hears(p, SAYS_MAX);
		run_relay(p, false);
		idle = p->moved ? 0 : idle + 1;
		if (idle > 3)
			break;
	}
	/* Half a record may be all that a spoilt client sends. */
	if (p->spoilt && p->result == RELAY_WAITS)
		return;
	assert(p->result == RELAY_FINISHED || p->spoilt);
	if (p->result != RELAY_FINISHED || p->spoilt)
		return;
	for (int i = 0; i < PATIENCE && !(p->of_client.ended &&
	    p->of_backend.ended); i++) {
		client_hears(p, SAYS_MAX);
		backend_hears(p, SAYS_MAX);
	}
	assert(p->of_client.heard == p->of_backend.said);
	assert(p->of_backend.heard == p->of_client.said);
	assert(p->of_client.ended && p->of_backend.ended);
	assert(p->client.cut == p->cut);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play p = { .fixture = fixture(), .result = RELAY_AGAIN };
	int client[2], backend[2];

	if (size < 2)
		return 0;
	if (!pair_unix(client, BUFFER) || !pair_unix(backend, BUFFER))
		abort();
	faulty_clear();
	p.scratch = (struct scratch){ p.fixture->scratch.bytes,
	    64 + (size_t)data[1] * data[1] * 2 };
	tls_side_init(&p.client, &p.fixture->buffers, &p.fixture->pool,
	    client[0]);
	tls_client_init(&p.c, client[1], data[0] & 1 ? TLS1_3_VERSION :
	    TLS1_2_VERSION, NULL);
	plain_side_init(&p.backend, &p.fixture->pool, backend[0]);
	p.fd = backend[1];
	shake_hands(&p);
	relay_init(&p.relay, &p.client.side, &p.backend.side);
	for (size_t i = 2; i + 1 < size && i < 2 * STEPS; i += 2)
		follow(&p, data[i] % OPS, data[i + 1]);
	finish(&p);
	tls_side_clear(&p.client);
	p.backend.side.ops->clear(&p.backend.side);
	tls_client_clear(&p.c);
	for (int i = 0; i < 2; i++) {
		close(client[i]);
		close(backend[i]);
	}
	return 0;
}
