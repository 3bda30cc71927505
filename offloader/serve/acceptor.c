/*
 * acceptor.c - takes clients in, and stops when there is no room for more.
 */
#include <errno.h>

#include "serve/acceptor.h"

static int
on_client(struct accept_loop *loop, size_t listener, int fd,
    const union addr *peer)
{
	struct acceptor *a = loop->owner;

	if (conn_start(a->home, fd, peer, &a->listeners[listener]) == -1)
		return ENOMEM;
	if (a->home->n_conns >= a->room)
		accept_loop_close(loop);
	return 0;
}

static void
on_pause(struct accept_loop *loop)
{
	const struct acceptor *a = loop->owner;

	counters_add(a->home->counters, STATS_PAUSES, 1);
}

int
acceptor_start(struct acceptor *a, struct conn_home *h,
    const struct listener *listeners, size_t n, unsigned room)
{
	*a = (struct acceptor){ .home = h, .listeners = listeners,
	    .room = room };
	accept_loop_init(&a->loop, h->loop, on_client, a);
	a->loop.paused = on_pause;
	for (size_t i = 0; i < n; i++)
		if (accept_loop_add(&a->loop, listeners[i].fd) == -1)
			return -1;
	accept_loop_open(&a->loop);
	return 0;
}

void
acceptor_room(struct acceptor *a)
{
	if (!a->loop.open && a->loop.n > 0 && a->home->n_conns < a->room)
		accept_loop_open(&a->loop);
}

void
acceptor_sweep(struct acceptor *a)
{
	for (size_t i = 0; i < a->loop.n; i++)
		while (a->loop.open && accept_loop_one(&a->loop, i))
			;
}

void
acceptor_stop(struct acceptor *a)
{
	accept_loop_clear(&a->loop);
}
