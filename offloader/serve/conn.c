/*
 * conn.c - one client's connection, from accept to close.
 *
 * A connection is always in exactly one named state. conn_steps.c has a row for
 * each: the step that is done in it, and how long it may last. Here is the
 * machine around them:
 *
 *	HELLO -> HANDSHAKE -> DIAL <-> CONNECT -> RELAY -> HALF -> DONE
 *
 * Behind a balancer PROXY_IN comes before them.
 * Any may jump to LINGER, if bytes for the client are under way, or to DONE.
 */
#include <stdlib.h>
#include <unistd.h>

#include "serve/access_log.h"
#include "serve/conn_steps.h"
#include "serve/conn.h"

#define RETRY_TIME	0.02	/* seconds until we ask a busy backend */

static void
exchange_free(struct conn *c)
{
	if (c->x == NULL)
		return;
	conn_close_backend(c);
	proxy_in_clear(&c->x->in);
	c->x->client->ops->clear(c->x->client);
	c->x->backend->ops->clear(c->x->backend);
	conn_trace_free(c->x->trace);
	free(c->x);
}

static void
conn_free(struct conn *c)
{
	struct conn_home *h = c->home;

	conn_count_end(c);
	access_log(c, conn_states);
	exchange_free(c);
	ev_io_stop(h->loop, &c->watch_client);
	ev_timer_stop(h->loop, &c->clock);
	run_queue_remove(&h->run_queue, &c->task);
	close(c->fd);
	LIST_REMOVE(c, entry);
	h->n_conns--;
	free(c);
	h->ended(h);
}

/* Moves to another state. Returns false if that ended the connection. */
static bool
enter(struct conn *c, enum conn_state next)
{
	struct conn_home *h = c->home;

	if (next != CONN_DONE && conn_states[next].enter != NULL)
		conn_states[next].enter(c);
	conn_trace_leaves(c->x, c->state, ev_now(h->loop));
	c->state = next;
	if (next == CONN_DONE) {
		conn_free(c);		/* the only call */
		return false;
	}
	if (!conn_states[next].same_clock)
		c->since = ev_now(h->loop);
	return true;
}

/* Makes one watcher watch for exactly what its side waits for. */
static void
watch_socket(struct ev_loop *loop, ev_io *w, int fd, unsigned wants)
{
	int events = (wants & SIDE_READ ? EV_READ : 0) |
	    (wants & SIDE_WRITE ? EV_WRITE : 0);

	if (ev_is_active(w) && w->fd == fd &&
	    (w->events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(loop, w);
	if (events == 0 || fd == -1)
		return;
	ev_io_set(w, fd, events);
	ev_io_start(loop, w);
}

/*
 * The clock is not wound again at each event: it looks at since when it rings,
 * and goes back to sleep for what is left.
 */
static void
set_clock(struct conn *c)
{
	struct ev_loop *loop = c->home->loop;
	double left = c->since + conn_limit(c) - ev_now(loop);

	if (c->retry_soon && left > RETRY_TIME)
		left = RETRY_TIME;
	else if (ev_is_active(&c->clock) &&
	    ev_timer_remaining(loop, &c->clock) <= left)
		return;
	ev_timer_stop(loop, &c->clock);
	ev_timer_set(&c->clock, left > 0 ? left : 0, 0.);
	ev_timer_start(loop, &c->clock);
}

static void on_backend_event(struct ev_loop *, ev_io *, int);

static bool
exchange_make(struct conn *c)
{
	struct conn_home *h = c->home;

	if ((c->x = calloc(1, sizeof *c->x)) == NULL)
		return false;
	tls_side_init(&c->x->tls, &h->buffers, &h->pool, c->fd);
	if (h->signer != NULL)
		tls_side_sign_by(&c->x->tls, h->signer);
	plain_side_init(&c->x->plain, &h->pool, -1);
	c->x->client = &c->x->tls.side;
	c->x->backend = &c->x->plain.side;
	if (conf_access_log(h->conf) != ACCESS_OFF)
		c->x->trace = conn_trace_new(c->since);
	ev_init(&c->x->watch_backend, on_backend_event);
	c->x->watch_backend.data = c;
	return true;
}

/* Drives the connection until it must wait, then waits, or ends it. */
static void
conn_run(struct conn *c)
{
	enum conn_state next;

	if (c->x == NULL && !exchange_make(c)) {
		c->end = END_NO_MEMORY;
		enter(c, CONN_DONE);
		return;
	}
	while ((next = conn_states[c->state].step(c)) != c->state)
		if (!enter(c, next))
			return;
	watch_socket(c->home->loop, &c->watch_client, c->fd, c->want_client);
	watch_socket(c->home->loop, &c->x->watch_backend, c->x->backend->fd,
	    c->want_backend);
	set_clock(c);
}

/* Steps of handshakes, and bulk data, go through the run queue. */
static void
wake(struct conn *c)
{
	struct run_queue *run_queue = &c->home->run_queue;

	if (conn_states[c->state].handshake) {
		run_queue_add(run_queue, &c->task, RUN_HANDSHAKE);
		return;
	}
	if (c->state == CONN_RELAY || c->state == CONN_HALF) {
		c->since = ev_now(c->home->loop);
		if (relay_is_heavy(&c->x->relay)) {
			run_queue_add(run_queue, &c->task, RUN_BULK);
			return;
		}
	}
	conn_run(c);
}

void
conn_answered(struct tls_signer *signer, struct tls_side *client)
{
	struct exchange *x = (struct exchange *)((char *)client -
	    offsetof(struct exchange, tls));

	(void)signer;
	wake(x->watch_backend.data);
}

static unsigned
side_events(int events)
{
	return (events & EV_READ ? SIDE_READ : 0) |
	    (events & EV_WRITE ? SIDE_WRITE : 0);
}

static void
on_client_event(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn *c = w->data;

	(void)loop;
	if (c->x != NULL)
		c->x->client->ready |= side_events(events);
	wake(c);
}

static void
on_backend_event(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn *c = w->data;

	(void)loop;
	c->x->backend->ready |= side_events(events);
	wake(c);
}

static void
on_task(struct run_task *t)
{
	conn_run((struct conn *)((char *)t - offsetof(struct conn, task)));
}

static void
on_clock(struct ev_loop *loop, ev_timer *t, int events)
{
	struct conn *c = t->data;

	(void)events;
	if (c->since + conn_limit(c) <= ev_now(loop)) {
		if (enter(c, conn_states[c->state].too_late(c)))
			conn_run(c);
		return;
	}
	if (c->retry_soon) {
		c->retry_soon = false;
		conn_run(c);
		return;
	}
	set_clock(c);
}

int
conn_start(struct conn_home *h, int fd, const union addr *peer,
    const struct listener *listener)
{
	struct conn *c = calloc(1, sizeof *c);

	if (c == NULL) {
		close(fd);
		counters_add(h->counters, STATS_REFUSED, 1);
		return -1;
	}
	c->home = h;
	c->site = listener->site;
	c->place = listener->place;
	c->fd = fd;
	c->peer = *peer;
	ev_init(&c->watch_client, on_client_event);
	ev_init(&c->clock, on_clock);
	c->watch_client.data = c->clock.data = c;
	c->task.run = on_task;
	LIST_INSERT_HEAD(&h->conns, c, entry);
	h->n_conns++;
	conn_count_begin(c);
	c->since = ev_now(h->loop);
	if (listener->from != NULL && !cidrs_have(listener->from, peer)) {
		c->end = END_PROXY_SOURCE;
		enter(c, CONN_DONE);
		return 0;
	}
	c->want_client = SIDE_READ;
	enter(c, listener->from != NULL ? CONN_PROXY_IN : CONN_HELLO);
	watch_socket(h->loop, &c->watch_client, fd, SIDE_READ);
	set_clock(c);
	return 0;
}

void
conn_drain(struct conn_home *h, double drain_idle)
{
	struct conn *c;

	h->drain_idle = drain_idle;
	LIST_FOREACH(c, &h->conns, entry)
		set_clock(c);
}

void
conn_end_all(struct conn_home *h, enum end_reason why)
{
	struct conn *c;

	while ((c = LIST_FIRST(&h->conns)) != NULL) {
		if (c->end == END_NONE)
			c->end = why;
		enter(c, CONN_DONE);
	}
}
