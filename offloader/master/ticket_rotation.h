/*
 * ticket_rotation.h - who makes the session-ticket keys, and when.
 *
 * Chance does, at each rotation, or whoever writes the key file. The slot they
 * are in outlives every generation, and so do the sessions.
 */
#ifndef OFFLOADER_TICKET_ROTATION_H
#define OFFLOADER_TICKET_ROTATION_H

#include <stdbool.h>

#include <ev.h>

#include "base/slot.h"
#include "master/generation.h"

struct tickets {
	struct ev_loop *loop;
	struct slot *slot;
	ev_timer rotate;
	double each;		/* rotation, in seconds; 0: not begun */
	bool from_file;
};

/* With first keys by chance. -1: no memory or no randomness. */
int tickets_init(struct tickets *, struct ev_loop *);
void tickets_clear(struct tickets *);

/*
 * The keys for the master after us, in memory that nobody can change: a
 * descriptor, or -1. It takes them, and closes it; those it does not
 * understand it says.
 */
int tickets_hand(const struct tickets *);
void tickets_take(struct tickets *, int fd);

/* From now on as this generation wants it; takes the keys it has read. */
void tickets_follow(struct tickets *, struct generation *);

#endif
