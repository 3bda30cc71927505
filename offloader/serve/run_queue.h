/*
 * run_queue.h - work that waits for its turn in the loop.
 *
 * What is light is done as its event comes, and never waits here. What is cheap
 * (a pass of somebody's bulk) is done a little each time the loop run_queue,
 * first come first served, so that the light find the loop free between two
 * passes; what is dear (a step of a handshake) once all the cheap had a turn.
 * So one client's signature never stands before all others' data.
 */
#ifndef OFFLOADER_RUN_QUEUE_H
#define OFFLOADER_RUN_QUEUE_H

#include <stdbool.h>
#include <sys/queue.h>

#include <ev.h>

enum run_kind {
	RUN_BULK,		/* one, and some of many, each time */
	RUN_HANDSHAKE		/* a little after each round of the cheap */
};

struct run_task {
	TAILQ_ENTRY(run_task) entry;
	void (*run)(struct run_task *);
	enum run_kind kind;
	bool waits;
};

struct run_queue {
	TAILQ_HEAD(run_task_list, run_task) queue[2];
	unsigned n[2];
	unsigned round;			/* the cheap that go before the dear */
	double (*clock)(void);		/* seconds; a test may have its own */
	struct ev_loop *loop;
	ev_prepare prepare;
	ev_idle idle;			/* keeps the loop from sleeping */
};

void run_queue_init(struct run_queue *, struct ev_loop *);
void run_queue_stop(struct run_queue *);

/* Once; a turn that waits already keeps its place. */
void run_queue_add(struct run_queue *, struct run_task *, enum run_kind);

/* It waits no more; nothing happens if it did not. */
void run_queue_remove(struct run_queue *, struct run_task *);

#endif
