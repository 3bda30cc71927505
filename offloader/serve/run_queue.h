/*
 * run_queue.h - work that waits for its turn in the loop.
 *
 * What is light is done as its event comes, and never waits here. What is cheap
 * (a pass of somebody's bulk) is done a little each time the loop turns, first
 * come first served, so that the light find the loop free between two passes;
 * what is dear (a step of a handshake) once all the cheap had a turn. So
 * one client's signature never stands before all others' data.
 */
#ifndef OFFLOADER_RUN_QUEUE_H
#define OFFLOADER_RUN_QUEUE_H

#include <stdbool.h>
#include <sys/queue.h>

#include <ev.h>

enum turn_kind {
	TURN_CHEAP,		/* one, and some of many, each time */
	TURN_DEAR		/* a little after each round of the cheap */
};

struct turn {
	TAILQ_ENTRY(turn) entry;
	void (*run)(struct turn *);
	enum turn_kind kind;
	bool waits;
};

struct turns {
	TAILQ_HEAD(turn_queue, turn) queue[2];
	unsigned n[2];
	unsigned round;			/* the cheap that go before the dear */
	double (*clock)(void);		/* seconds; a test may have its own */
	struct ev_loop *loop;
	ev_prepare prepare;
	ev_idle idle;			/* keeps the loop from sleeping */
};

void turns_init(struct turns *, struct ev_loop *);
void turns_stop(struct turns *);

/* Once; a turn that waits already keeps its place. */
void turns_add(struct turns *, struct turn *, enum turn_kind);

/* It waits no more; nothing happens if it did not. */
void turns_remove(struct turns *, struct turn *);

#endif
