/*
 * accept_loop.h - accepts clients from listening sockets on the event loop.
 *
 * When the system has no descriptor or memory for a client, it stays in the
 * kernel's queue and would wake us again at once: so nothing is accepted for a
 * moment, and the log says so, once a minute.
 */
#ifndef OFFLOADER_ACCEPT_LOOP_H
#define OFFLOADER_ACCEPT_LOOP_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

#include "base/addr.h"
#include "loop/log_limit.h"

struct accept_loop;

/*
 * Takes over the socket of a client that came to this listener. Returns 0, or
 * an errno (the client's socket is closed then): a pause follows.
 */
typedef int accept_client(struct accept_loop *, size_t listener, int fd,
    const union addr *peer);

struct accept_loop {
	struct ev_loop *loop;
	accept_client *client;
	void (*paused)(struct accept_loop *);	/* a pause begins; or NULL */
	void *owner;		/* whatever the callbacks need */
	ev_io *watch;		/* one for each listener */
	size_t n;
	ev_timer pause;
	struct log_limit limit;	/* of lines about pauses */
	bool open;
};

/* Closed at first, without a listener. */
void accept_loop_init(struct accept_loop *, struct ev_loop *, accept_client *,
    void *owner);

/* One more listener, borrowed. Only while closed. -1: out of memory. */
int accept_loop_add(struct accept_loop *, int fd);

/* Accepts from now on. During a pause it begins after the pause. */
void accept_loop_open(struct accept_loop *);

/* Accepts no more, until it is opened again. */
void accept_loop_close(struct accept_loop *);

/*
 * Accepts one client from a listener now. True if another one may be waiting
 * and may be accepted.
 */
bool accept_loop_one(struct accept_loop *, size_t listener);

/* Closes it and frees what it has. Also after accept_loop_init() alone. */
void accept_loop_clear(struct accept_loop *);

#endif
