/*
 * watchdog.h - kills workers whose event loop has stopped.
 *
 * Each worker's loop counts heartbeats in shared memory, and the master checks
 * them by a timer. Checks are counted, not seconds: if the master was stopped
 * as well, or the machine suspended, no worker is killed.
 */
#ifndef OFFLOADER_WATCHDOG_H
#define OFFLOADER_WATCHDOG_H

#include "base/heartbeat.h"
#include "process/proc.h"

struct watchdog {
	struct ev_loop *loop;
	ev_timer check;
	struct proc *proc;		/* borrowed; n of them */
	struct heartbeat *heartbeat;	/* as many, shared with them */
	struct watched *watched;	/* the last check of each */
	size_t n;
};

/*
 * Watches n processes, which may start and end meanwhile, and kills one that is
 * silent for so many seconds. Does nothing if they are 0. -1: errno.
 */
int watchdog_start(struct watchdog *, struct ev_loop *, struct proc *,
    size_t n, double limit);

/* The heartbeat of that process; NULL if it is not watched. */
struct heartbeat *watchdog_heartbeat(const struct watchdog *, size_t which);

/* Stops. Does nothing if it was not started. */
void watchdog_stop(struct watchdog *);

#endif
