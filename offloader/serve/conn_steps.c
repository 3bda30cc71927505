/*
 * conn_steps.c - the states of a connection: what is done in each, how long.
 */
#include <errno.h>
#include <unistd.h>

#include "base/os_socket.h"
#include "serve/access_log.h"
#include "serve/conn_header.h"
#include "serve/conn_steps.h"

#define LINGER		2.0		/* seconds for the client to close */
#define LINGER_BYTES	(1 << 20)	/* read and dropped, then we close */

static enum conn_state
end_now(struct conn *c, enum end_reason why)
{
	c->end = why;
	return CONN_DONE;
}

/* Bytes for the client are under way: an alert, or the rest of an answer. */
static enum conn_state
linger(struct conn *c, enum end_reason why)
{
	c->end = why;
	return CONN_LINGER;
}

static enum conn_state
tls_failed(struct conn *c, enum end_reason protocol)
{
	switch (c->x->tls.fault) {
	case TLS_NO_FAULT:
	case TLS_PROTOCOL:	return linger(c, protocol);
	case TLS_NOT_ALLOWED:	return linger(c, END_NOT_ALLOWED);
	case TLS_FLOOD:		return linger(c, END_FLOOD);
	case TLS_KEYGUARD:	return linger(c, END_KEYGUARD);
	case TLS_LEFT:		return end_now(c, protocol);
	case TLS_RESET:		return end_now(c, END_CLIENT_RESET);
	case TLS_NO_MEMORY:	break;
	}
	return end_now(c, END_NO_MEMORY);
}

static enum conn_state
step_proxy_in(struct conn *c)
{
	struct proxy_in *in = &c->x->in;

	switch (proxy_in_read(in, c->fd)) {
	case IO_OK:
		break;
	case IO_WAIT:
		c->retry_soon = in->early;
		c->want_client = in->early ? 0 : SIDE_READ;
		return CONN_PROXY_IN;
	case IO_EOF:
	case IO_ERROR:
		return end_now(c, in->end);
	}
	in->origin->from = c->peer;
	/* HAProxy checks by version 1 in this way. */
	if (addr_equal(&in->origin->client, &c->peer))
		in->local = true;
	if (in->origin->client.family != AF_UNSPEC)
		c->peer = in->origin->client;
	return CONN_HELLO;
}

static enum conn_state
step_hello(struct conn *c)
{
	struct tls_side *t = &c->x->tls;

	c->want_client = SIDE_READ;
	switch (tls_side_greet(t, c->site)) {
	case IO_OK:	return CONN_HANDSHAKE;
	case IO_WAIT:	return CONN_HELLO;
	case IO_EOF:	return end_now(c, c->x->in.local ?
			    END_HEALTH_CHECK : END_SILENT);
	case IO_ERROR:	break;
	}
	if (c->x->in.local && t->fault == TLS_RESET)
		return end_now(c, END_HEALTH_CHECK);
	return tls_failed(c, END_HANDSHAKE);
}

/*
 * The header, and what the client has sent already, wait in the backend's side
 * until an address takes us: they may be needed for the next one too.
 */
static enum conn_state
prepare_relay(struct conn *c)
{
	struct conn_home *h = c->home;
	const struct conn_header header = { h->conf->send_proxy, &h->form,
	    &c->peer, &c->x->tls, c->x->in.origin,
	    c->x->trace != NULL ? c->x->trace->id : NULL };

	relay_init(&c->x->relay, c->x->client, c->x->backend);
	if (!conn_header_write(&header, &h->scratch, &c->x->header,
	    &c->x->counted.left_out))
		return linger(c, END_HEADER);
	c->x->backend->behind = true;
	if (flow_first(&c->x->relay.up, &h->scratch, c->x->header) == FLOW_CUT)
		return tls_failed(c, END_TLS);
	c->x->relay.unanswered = c->x->relay.up.total > c->x->header;
	return c->x->relay.up.state == FLOW_REFUSED ?
	    end_now(c, END_NO_MEMORY) : CONN_DIAL;
}

static enum conn_state
step_handshake(struct conn *c)
{
	struct side *s = c->x->client;

	if (s->behind && s->ready & SIDE_WRITE)
		(void)s->ops->flush(s);
	switch (tls_side_handshake(&c->x->tls)) {
	case IO_OK:
		conn_count_handshake(c);
		return prepare_relay(c);
	case IO_WAIT:
		c->want_client = tls_side_waits_for_signer(&c->x->tls) ? 0 :
		    SIDE_READ | (s->behind ? SIDE_WRITE : 0);
		return CONN_HANDSHAKE;
	case IO_EOF:
	case IO_ERROR:
		break;
	}
	return tls_failed(c, END_HANDSHAKE);
}

static enum conn_state
step_dial(struct conn *c)
{
	struct conn_home *h = c->home;
	bool connected;

	c->want_client = c->want_backend = 0;
	c->x->backend->reset = false;
	switch (backend_connect(&h->backend, &c->x->try, &c->x->backend->fd,
	    &connected)) {
	case BACKEND_BEGUN:
		c->x->backend->ready = connected ? SIDE_WRITE : 0;
		return CONN_CONNECT;
	case BACKEND_BUSY:
		c->retry_soon = true;
		return CONN_DIAL;
	case BACKEND_NONE:
		break;
	}
	return linger(c, c->x->try.error == ETIMEDOUT ? END_BACKEND_SLOW :
	    END_BACKEND_REFUSED);
}

/* The connection has come about, or will, or there is an error in try. */
static enum io
connect_result(struct conn *c)
{
	struct side *b = c->x->backend;
	enum io io;

	if (b->ops->waiting(b) > 0) {
		/* Before the event: mostly the connection is there already. */
		io = b->ops->flush(b);
		c->x->try.error = io == IO_ERROR ? errno : 0;
		return io;
	}
	if (!(b->ready & SIDE_WRITE))
		return IO_WAIT;
	c->x->try.error = os_socket_error(c->x->backend->fd);
	b->behind = false;
	return c->x->try.error == 0 ? IO_OK : IO_ERROR;
}

static enum conn_state
step_connect(struct conn *c)
{
	c->want_client = 0;
	c->want_backend = SIDE_WRITE;
	switch (connect_result(c)) {
	case IO_OK:	return CONN_RELAY;
	case IO_WAIT:	return CONN_CONNECT;
	case IO_EOF:
	case IO_ERROR:	break;
	}
	return CONN_DIAL;
}

static enum conn_state
relay_finished(struct conn *c)
{
	const struct relay *r = &c->x->relay;

	if (r->down.state == FLOW_REFUSED)
		return end_now(c, END_CLIENT_RESET);
	/* The client may still be sending to the backend that reads no more. */
	if (r->up.state == FLOW_REFUSED)
		return linger(c, END_BACKEND_CLOSED);
	return end_now(c, c->x->tls.cut ? END_CLIENT_CUT : END_CLEAN);
}

static enum conn_state
relay_broken(struct conn *c)
{
	if (c->x->relay.broken == c->x->client)
		return tls_failed(c, END_TLS);
	/* No close_notify: a cut answer must not look complete. */
	return linger(c, END_BACKEND_RESET);
}

static enum conn_state
step_relay(struct conn *c)
{
	struct relay *r = &c->x->relay;
	enum relay_result result = relay_run(r, &c->home->scratch);

	conn_count_bytes(c);
	switch (result) {
	case RELAY_WAITS:
		break;
	case RELAY_AGAIN:
		run_queue_add(&c->home->run_queue, &c->task, RUN_BULK);
		break;
	case RELAY_FINISHED:
		return relay_finished(c);
	case RELAY_BROKEN:
		return relay_broken(c);
	}
	c->want_client = relay_wants(r, c->x->client);
	c->want_backend = relay_wants(r, c->x->backend);
	return r->up.state == FLOW_OPEN && r->down.state == FLOW_OPEN ?
	    CONN_RELAY : CONN_HALF;
}

/*
 * Closing over unread bytes makes the kernel send a reset, which may overtake
 * what we wrote last. So we shut our end, and read a little longer.
 */
static enum conn_state
step_linger(struct conn *c)
{
	struct side *s = c->x->client;
	ssize_t got;

	if (s->behind && s->ops->flush(s) == IO_ERROR)
		return CONN_DONE;
	c->want_client = s->behind ? SIDE_WRITE : SIDE_READ;
	c->want_backend = 0;
	if (s->behind)
		return CONN_LINGER;
	if (!c->x->shut && shutdown(c->fd, SHUT_WR) == -1)
		return CONN_DONE;
	c->x->shut = true;
	got = recv(c->fd, c->home->scratch.bytes, c->home->scratch.size, 0);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return CONN_LINGER;
	c->x->dropped += got > 0 ? (size_t)got : 0;
	return got > 0 && c->x->dropped < LINGER_BYTES ? CONN_LINGER :
	    CONN_DONE;
}

/* ------------------------------------------------- entering ------------- */

void
conn_close_backend(struct conn *c)
{
	if (c->x->backend->fd == -1)
		return;
	ev_io_stop(c->home->loop, &c->x->watch_backend);
	close(c->x->backend->fd);
	c->x->backend->fd = -1;
}

static void
enter_handshake(struct conn *c)
{
	conn_count_hello(c);
}

static void
enter_dial(struct conn *c)
{
	conn_count_dial(c);
	conn_close_backend(c);
}

static void
enter_relay(struct conn *c)
{
	conn_count_connect(c);
	backend_worked(&c->home->backend);
}

static void
enter_linger(struct conn *c)
{
	conn_close_backend(c);
	c->x->backend->ops->clear(c->x->backend);
	conn_trace_keep(c->x);
	tls_side_end_session(&c->x->tls);
	if (c->end == END_BACKEND_REFUSED || c->end == END_BACKEND_SLOW) {
		conn_count_refused(c);
		backend_failed(&c->home->backend, &c->x->try);
	}
}

/* ------------------------------------------------- limits --------------- */

/* No bytes are under way, and the client sent none after the backend did. */
static bool
is_idle(const struct conn *c)
{
	return c->state == CONN_RELAY && !c->x->relay.unanswered &&
	    !c->x->client->behind && !c->x->backend->behind;
}

/* True if the limit of a draining worker is the lesser one. */
static bool
drains(const struct conn *c)
{
	const struct conn_home *h = c->home;

	return h->drain_idle > 0 && h->drain_idle < h->conf->idle_timeout &&
	    is_idle(c);
}

double
conn_limit(const struct conn *c)
{
	const struct conn_state_row *row = &conn_states[c->state];

	if (drains(c))
		return c->home->drain_idle;
	if (row->seconds != 0)
		return row->seconds;
	return *(const double *)((const char *)c->home->conf + row->limit);
}

static enum conn_state
late_proxy_in(struct conn *c)
{
	return end_now(c, END_PROXY_SLOW);
}

static enum conn_state
late_handshake(struct conn *c)
{
	return end_now(c, END_HANDSHAKE_SLOW);
}

/* A UNIX socket's queue was full all the time. */
static enum conn_state
late_dial(struct conn *c)
{
	return linger(c, END_BACKEND_SLOW);
}

/* This address does not answer. The next one may. */
static enum conn_state
late_connect(struct conn *c)
{
	c->x->try.error = ETIMEDOUT;
	return CONN_DIAL;
}

static enum conn_state
late_relay(struct conn *c)
{
	if (!drains(c))
		return end_now(c, END_IDLE);
	/* A request that has come but was not read must be answered. */
	if (os_socket_waits(c->fd) || os_socket_waits(c->x->backend->fd))
		return CONN_RELAY;
	(void)c->x->client->ops->finish(c->x->client);
	return linger(c, END_DRAIN_IDLE);
}

static enum conn_state
late_half(struct conn *c)
{
	return end_now(c, END_HALF_CLOSED);
}

static enum conn_state
late_linger(struct conn *c)
{
	(void)c;
	return CONN_DONE;
}

/* ------------------------------------------------- the states ----------- */

#define LIMIT(field)	.limit = offsetof(struct conf, field)

const struct conn_state_row conn_states[] = {
	[CONN_PROXY_IN] = { .log = "ms.proxy", .step = step_proxy_in,
	    LIMIT(ssl_handshake_timeout), .same_clock = true,
	    .handshake = true, .too_late = late_proxy_in },
	[CONN_HELLO] = { .log = "ms.hello", .step = step_hello,
	    LIMIT(ssl_handshake_timeout), .same_clock = true,
	    .handshake = true, .too_late = late_handshake },
	[CONN_HANDSHAKE] = { .log = "ms.handshake", .step = step_handshake,
	    LIMIT(ssl_handshake_timeout), .same_clock = true,
	    .handshake = true, .enter = enter_handshake,
	    .too_late = late_handshake },
	[CONN_DIAL] = { .log = "ms.connect", .step = step_dial,
	    LIMIT(backend_connect_timeout), .enter = enter_dial,
	    .too_late = late_dial },
	[CONN_CONNECT] = { .log = "ms.connect", .step = step_connect,
	    LIMIT(backend_connect_timeout), .same_clock = true,
	    .too_late = late_connect },
	[CONN_RELAY] = { .log = "ms.relay", .step = step_relay,
	    LIMIT(idle_timeout), .enter = enter_relay,
	    .too_late = late_relay },
	[CONN_HALF] = { .log = "ms.half", .step = step_relay,
	    LIMIT(half_close_timeout), .too_late = late_half },
	[CONN_LINGER] = { .log = "ms.linger", .step = step_linger,
	    .seconds = LINGER, .enter = enter_linger,
	    .too_late = late_linger },
};
