/*
 * acceptor.h - takes clients in, and stops when there is no room for more.
 */
#ifndef OFFLOADER_ACCEPTOR_H
#define OFFLOADER_ACCEPTOR_H

#include <stddef.h>

#include "loop/accept_loop.h"
#include "serve/conn.h"

struct acceptor {
	struct accept_loop loop;
	struct conn_home *home;
	const struct listener *listeners;
	unsigned room;			/* connections at the same time */
};

/* -1: out of memory. Clients come in from now on. */
int acceptor_start(struct acceptor *, struct conn_home *,
    const struct listener *, size_t n, unsigned room);

/* A connection has ended: there may be room again. */
void acceptor_room(struct acceptor *);

/* Accepts the clients that wait already, as far as there is room. */
void acceptor_sweep(struct acceptor *);

/* Accepts no more clients. The sockets stay open. */
void acceptor_stop(struct acceptor *);

#endif
