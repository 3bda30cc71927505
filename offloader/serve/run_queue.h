/*
 * run_queue.h - a queue of work for the event loop.
 *
 * Light work is done when its event comes, and never waits here. Bulk work (a
 * pass of a large transfer) is done a little in each pass of the loop, first
 * come first served, so that light work finds the loop free between two passes.
 * Handshakes (a step of one) run once each bulk task has run. So a
 * signature for one client never delays the data of all others.
 */
#ifndef OFFLOADER_RUN_QUEUE_H
#define OFFLOADER_RUN_QUEUE_H

#include <stdbool.h>
#include <sys/queue.h>

#include <ev.h>

enum run_kind {
	RUN_BULK,		/* one, and some of many, each time */
	RUN_HANDSHAKE		/* a little after each round of bulk */
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
	unsigned round;			/* bulk before the next handshake */
	double (*clock)(void);		/* seconds; a test may have its own */
	struct ev_loop *loop;
	ev_prepare prepare;
	ev_idle idle;			/* keeps the loop from sleeping */
};

void run_queue_init(struct run_queue *, struct ev_loop *);
void run_queue_stop(struct run_queue *);

/* Once; a task that waits already keeps its place. */
void run_queue_add(struct run_queue *, struct run_task *, enum run_kind);

/* The task need not be in the queue. */
void run_queue_remove(struct run_queue *, struct run_task *);

#endif
