/*
 * acceptor.h - takes clients in, and stops when there is no room for more.
 */
#ifndef OFFLOADER_ACCEPTOR_H
#define OFFLOADER_ACCEPTOR_H

#include <stdbool.h>

#include <ev.h>

#include "serve/conn.h"

struct listener {
	struct conn_home *home;
	ev_io *watch;			/* one for each door */
	const struct door *doors;
	size_t n;
	unsigned room;			/* connections at the same time */
	ev_timer pause;
	bool open;
};

/* -1: out of memory. Clients come in from now on. */
int listener_start(struct listener *, struct conn_home *,
    const struct door *, size_t n, unsigned room);

/* A connection has ended: there may be room again. */
void listener_room(struct listener *);

/* Takes in those who wait already, as far as there is room. */
void listener_sweep(struct listener *);

/* Nobody comes in any more. The sockets stay open. */
void listener_stop(struct listener *);

#endif
