/*
 * accept_loop.c - accepts clients from listening sockets on the event loop.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/os_socket.h"
#include "log/log.h"
#include "loop/accept_loop.h"

#define PAUSE	0.1	/* seconds */

static void
watch_listeners(struct accept_loop *a, bool on)
{
	for (size_t i = 0; i < a->n; i++)
		if (on)
			ev_io_start(a->loop, &a->watch[i]);
		else
			ev_io_stop(a->loop, &a->watch[i]);
}

static void
begin_pause(struct accept_loop *a, int error)
{
	if (log_limit_allow(&a->limit))
		log_warn("cannot accept: %s; trying again every %g s",
		    strerror(error), PAUSE);
	watch_listeners(a, false);
	ev_timer_set(&a->pause, PAUSE, 0.);
	ev_timer_start(a->loop, &a->pause);
	if (a->paused != NULL)
		a->paused(a);
}

/* The client failed, or its network did; the next one may be fine. */
static bool
is_clients_fault(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPERM ||
	    error == EPROTO || error == ENETDOWN || error == EHOSTDOWN ||
	    error == EHOSTUNREACH || error == ENETUNREACH ||
	    error == EOPNOTSUPP || error == ENOPROTOOPT;
}

bool
accept_loop_one(struct accept_loop *a, size_t listener)
{
	union addr peer;
	int error, fd;

	if (ev_is_active(&a->pause))
		return false;
	fd = os_accept(a->watch[listener].fd, &peer);
	if (fd == -1 && is_clients_fault(errno))
		return true;
	if (fd == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	error = fd == -1 ? errno : a->client(a, listener, fd, &peer);
	if (error != 0)
		begin_pause(a, error);
	return error == 0 && a->open;
}

/* One at a time: those inside go first, and a second is mostly not there. */
static void
on_listener(struct ev_loop *loop, ev_io *io, int events)
{
	struct accept_loop *a = io->data;

	(void)loop;
	(void)events;
	(void)accept_loop_one(a, (size_t)(io - a->watch));
}

static void
on_pause_end(struct ev_loop *loop, ev_timer *t, int events)
{
	struct accept_loop *a = t->data;

	(void)loop;
	(void)events;
	if (a->open)
		watch_listeners(a, true);
}

void
accept_loop_init(struct accept_loop *a, struct ev_loop *loop,
    accept_client *client, void *owner)
{
	*a = (struct accept_loop){ .loop = loop, .client = client,
	    .owner = owner };
	ev_init(&a->pause, on_pause_end);
	a->pause.data = a;
	log_limit_init(&a->limit, loop, "pauses of accepting", 1);
}

int
accept_loop_add(struct accept_loop *a, int fd)
{
	ev_io *watch = array_grow(a->watch, a->n, sizeof *watch);

	if (watch == NULL)
		return -1;
	a->watch = watch;
	ev_io_init(&watch[a->n], on_listener, fd, EV_READ);
	watch[a->n++].data = a;
	return 0;
}

void
accept_loop_open(struct accept_loop *a)
{
	a->open = true;
	if (!ev_is_active(&a->pause))
		watch_listeners(a, true);
}

void
accept_loop_close(struct accept_loop *a)
{
	a->open = false;
	watch_listeners(a, false);
}

void
accept_loop_clear(struct accept_loop *a)
{
	if (a->loop == NULL)
		return;
	accept_loop_close(a);
	ev_timer_stop(a->loop, &a->pause);
	log_limit_stop(&a->limit);
	free(a->watch);
	*a = (struct accept_loop){ .loop = NULL };
}
