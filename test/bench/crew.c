/*
 * crew.c - the clients of one run, and the loop that keeps them busy.
 *
 * A unit is a request on a connection that stays open or, where the plan
 * wants fresh connections, all of a connection's life. Each client takes the
 * next unit when it is done with one. Nobody waits longer than the deadline
 * and a grace: a client still busy then has failed.
 */
#include <sys/epoll.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crew.h"

#define EVENTS		64
#define OPENING		64	/* handshakes under way at a time */
#define OPEN_TIME	120.0	/* seconds to open all connections */
#define GRACE		5000000	/* us */

void
crew_init(struct crew *w, const struct plan *p, size_t n)
{
	memset(w, 0, sizeof *w);
	w->plan = p;
	w->n = n;
	w->clients = calloc(n, sizeof *w->clients);
	w->ep = epoll_create1(EPOLL_CLOEXEC);
	if (w->clients == NULL || w->ep == -1)
		err(1, "a crew of %zu", n);
	tally_begin(&w->tally);
}

static void
watch(struct crew *w, struct client *c, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	c->writing = (events & EPOLLOUT) != 0;
	if (epoll_ctl(w->ep, op, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
finish(struct crew *w, struct client *c, bool well)
{
	struct tally *t = &w->tally;
	int64_t now = net_now();

	w->busy--;
	if (!well) {
		t->errors++;
		client_close(c);
		return;
	}
	tally_unit(t, now - c->began);
	t->resumed += c->reused;
	t->bytes += w->plan->down ? c->got : w->plan->upload;
	c->due = w->pause > 0 ? now + w->pause : 0;
}

/* Until the client has done its unit, failed, or must wait. */
static void
drive(struct crew *w, struct client *c)
{
	switch (client_run(c, w->plan)) {
	case CLIENT_WANTS_READ:
		if (c->writing)
			watch(w, c, EPOLL_CTL_MOD, EPOLLIN);
		break;
	case CLIENT_WANTS_WRITE:
		if (!c->writing)
			watch(w, c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
		break;
	case CLIENT_READY:
		finish(w, c, true);
		if (c->writing && c->state == CLIENT_REST)
			watch(w, c, EPOLL_CTL_MOD, EPOLLIN);
		break;
	case CLIENT_FAILED:
		finish(w, c, false);
		break;
	}
}

/* One more unit for this client, which has nothing to do. */
static void
begin(struct crew *w, struct client *c)
{
	w->left--;
	w->busy++;
	if (c->state == CLIENT_REST)
		client_ask(c);
	else if (client_open(c, w->plan))
		watch(w, c, EPOLL_CTL_ADD, EPOLLIN);
	else {
		finish(w, c, false);
		return;
	}
	c->began = net_now();
	drive(w, c);
}

static bool
is_free(const struct crew *w, const struct client *c)
{
	return c->state == (w->plan->fresh ? CLIENT_CLOSED : CLIENT_REST);
}

/* Gives one unit to all who have none. False if nobody is left to work. */
static bool
employ(struct crew *w, int64_t now)
{
	struct client *c;
	size_t able = w->busy;

	for (c = w->clients; c < w->clients + w->n; c++) {
		able += is_free(w, c);
		if (w->left > 0 && is_free(w, c) && c->due <= now)
			begin(w, c);
	}
	return able > 0 && (w->left > 0 || w->busy > 0);
}

static void
event(struct crew *w, struct client *c)
{
	if (c->state == CLIENT_CLOSED)
		return;
	if (c->state != CLIENT_REST)
		drive(w, c);
	else if (w->plan->depth == DEPTH_ASKED)
		/* The reply it will not read would wake it for ever. */
		watch(w, c, EPOLL_CTL_MOD, 0);
	else if (client_hear(c) == CLIENT_FAILED)
		client_close(c);
}

/* Handles what has happened, or will by then. */
static void
turn(struct crew *w, int64_t until)
{
	struct epoll_event events[EVENTS];
	int64_t now = net_now();
	int i, n, wait = 0;

	if (until > now)
		wait = (int)((until - now + 999) / 1000);
	n = epoll_wait(w->ep, events, EVENTS, wait);
	for (i = 0; i < n; i++)
		event(w, events[i].data.ptr);
}

static void
give_up(struct crew *w)
{
	struct client *c;

	for (c = w->clients; c < w->clients + w->n; c++)
		if (c->state != CLIENT_REST && c->state != CLIENT_CLOSED)
			finish(w, c, false);
}

void
crew_open(struct crew *w)
{
	int64_t deadline = net_now() + (int64_t)(OPEN_TIME * 1e6);
	struct client *next = w->clients;

	tally_begin(&w->tally);
	w->left = w->n;
	while ((w->left > 0 || w->busy > 0) && net_now() < deadline) {
		while (w->left > 0 && w->busy < OPENING)
			begin(w, next++);
		turn(w, deadline);
	}
	give_up(w);
	w->left = 0;
	w->tally.ended = net_now();
}

/* When something is to be done even if nothing happens. */
static int64_t
next_due(const struct crew *w, int64_t deadline)
{
	const struct client *c;

	if (w->left == 0)
		return deadline + GRACE;
	for (c = w->clients; c < w->clients + w->n; c++)
		if (is_free(w, c) && c->due < deadline)
			deadline = c->due;
	return deadline;
}

void
crew_work(struct crew *w, uint64_t count, double seconds)
{
	int64_t now, deadline;

	tally_begin(&w->tally);
	now = w->tally.began;
	deadline = now + (int64_t)(seconds * 1e6);
	w->left = count;
	while (now < deadline + GRACE && employ(w, now)) {
		turn(w, next_due(w, deadline));
		now = net_now();
		if (now >= deadline)
			w->left = 0;
	}
	w->tally.ended = now;
	give_up(w);
}

/* A look into the socket tells, and leaves what is there where it is. */
static bool
alive(const struct client *c)
{
	char byte;
	ssize_t n;

	if (c->state == CLIENT_CLOSED)
		return false;
	n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n > 0 || (n == -1 && errno == EAGAIN);
}

size_t
crew_alive(const struct crew *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++)
		n += alive(&w->clients[i]);
	return n;
}

void
crew_free(struct crew *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		client_close(&w->clients[i]);
	close(w->ep);
	free(w->clients);
	tally_free(&w->tally);
}
