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

struct ticket_rotation {
	struct ev_loop *loop;
	struct slot *slot;
	ev_timer rotate;
	double each;		/* rotation, in seconds; 0: not begun */
	bool from_file;
};

/* With first keys by chance. -1: no memory or no randomness. */
int ticket_rotation_init(struct ticket_rotation *, struct ev_loop *);
void ticket_rotation_clear(struct ticket_rotation *);

/*
 * The keys for the master after us, in memory that nobody can change: a
 * descriptor, or -1. It takes them, and closes it; those it does not
 * understand it says.
 */
int ticket_rotation_hand(const struct ticket_rotation *);
void ticket_rotation_take(struct ticket_rotation *, int fd);

/* From now on as this generation wants it; takes the keys it has read. */
void ticket_rotation_follow(struct ticket_rotation *, struct generation *);

#endif
