/*
 * acceptor.c - takes clients in, and stops when there is no room for more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os_socket.h"
#include "log/log.h"
#include "serve/acceptor.h"

#define PAUSE	0.1		/* seconds, when the system has no room */

static void
watch_all(struct acceptor *l, bool on)
{
	for (size_t i = 0; i < l->n; i++)
		if (on)
			ev_io_start(l->home->loop, &l->watch[i]);
		else
			ev_io_stop(l->home->loop, &l->watch[i]);
	l->open = on;
}

/*
 * The kernel has no descriptor or memory for the client, who stays in the
 * queue and would wake us again and again.
 */
static void
pause_for(struct acceptor *l, int error)
{
	counters_add(l->home->counters, STATS_PAUSES, 1);
	log_warn("cannot accept: %s; pausing for %g s", strerror(error), PAUSE);
	watch_all(l, false);
	ev_timer_set(&l->pause, PAUSE, 0.);
	ev_timer_start(l->home->loop, &l->pause);
}

static bool
is_clients_fault(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPERM ||
	    error == EPROTO || error == ENETDOWN || error == EHOSTDOWN ||
	    error == EHOSTUNREACH || error == ENETUNREACH ||
	    error == EOPNOTSUPP || error == ENOPROTOOPT;
}

/* Lets one client in. False: nobody is there, or there is no room. */
static bool
let_in(struct acceptor *l, const struct listener *listener)
{
	union addr peer;
	int fd = os_accept(listener->fd, &peer);

	if (fd == -1 && is_clients_fault(errno))
		return true;
	if (fd == -1) {
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			pause_for(l, errno);
		return false;
	}
	if (conn_start(l->home, fd, &peer, listener) == -1)
		pause_for(l, ENOMEM);
	else if (l->home->n_conns >= l->room)
		watch_all(l, false);
	return l->open;
}

/* One at a time: those inside go first, and a second is mostly not there. */
static void
on_client(struct ev_loop *loop, ev_io *w, int events)
{
	struct acceptor *l = w->data;

	(void)loop;
	(void)events;
	(void)let_in(l, &l->listeners[w - l->watch]);
}

static void
on_pause_over(struct ev_loop *loop, ev_timer *t, int events)
{
	struct acceptor *l = t->data;

	(void)loop;
	(void)events;
	acceptor_room(l);
}

int
acceptor_start(struct acceptor *l, struct conn_home *h,
    const struct listener *listeners, size_t n, unsigned room)
{
	*l = (struct acceptor){ .home = h, .listeners = listeners, .n = n,
	    .room = room, .watch = calloc(n, sizeof *l->watch) };
	if (l->watch == NULL)
		return -1;
	ev_init(&l->pause, on_pause_over);
	l->pause.data = l;
	for (size_t i = 0; i < n; i++) {
		ev_io_init(&l->watch[i], on_client, listeners[i].fd, EV_READ);
		l->watch[i].data = l;
	}
	watch_all(l, true);
	return 0;
}

void
acceptor_room(struct acceptor *l)
{
	if (l->watch != NULL && !l->open && !ev_is_active(&l->pause) &&
	    l->home->n_conns < l->room)
		watch_all(l, true);
}

void
acceptor_sweep(struct acceptor *l)
{
	for (size_t i = 0; l->open && i < l->n; i++)
		while (let_in(l, &l->listeners[i]))
			;
}

void
acceptor_stop(struct acceptor *l)
{
	if (l->watch == NULL)
		return;
	watch_all(l, false);
	ev_timer_stop(l->home->loop, &l->pause);
	free(l->watch);
	l->watch = NULL;
}
