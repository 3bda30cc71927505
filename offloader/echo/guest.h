/*
 * guest.h - one connection, from its PROXY header to its last answer.
 */
#ifndef OFFLOADER_GUEST_H
#define OFFLOADER_GUEST_H

#include <stdbool.h>

#include <ev.h>

#include "base/addr.h"

struct guest;

/* All there are, so that they can be ended with the program. */
struct guests {
	struct guest *first;
};

/*
 * Serves a connection until it ends; the descriptor becomes the guest's.
 * False: out of memory, and the descriptor is closed.
 */
bool guest_new(struct ev_loop *, struct guests *, int fd,
    const union addr *peer);

void guests_end(struct ev_loop *, struct guests *);

#endif
