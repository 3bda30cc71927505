/*
 * ticket_rotation.h - rotation of the session-ticket keys.
 *
 * The keys are random, or come from the ticket-key-file. The slot they are in
 * outlives every generation, so sessions can be resumed after a reload.
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
	double interval;	/* in seconds; 0: not begun */
	bool from_file;
};

/* Makes the first random keys. -1: out of memory, or no random numbers. */
int ticket_rotation_init(struct ticket_rotation *, struct ev_loop *);
void ticket_rotation_clear(struct ticket_rotation *);

/*
 * Puts the keys into sealed memory for the next master. Returns a descriptor,
 * or -1. The next master takes them from it, closes it, and warns if their
 * layout is another.
 */
int ticket_rotation_hand(const struct ticket_rotation *);
void ticket_rotation_take(struct ticket_rotation *, int fd);

/* Rotates as this generation is configured; takes the keys of its file. */
void ticket_rotation_follow(struct ticket_rotation *, struct generation *);

#endif
