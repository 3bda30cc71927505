/*
 * watchdog.h - finds workers whose loop does not turn, and ends them.
 *
 * Each worker's loop counts in shared memory, and from time to time we look
 * whether it has. Looks are counted, not seconds: if this process too was
 * halted, or the machine asleep, no worker is blamed for it.
 */
#ifndef OFFLOADER_WATCHDOG_H
#define OFFLOADER_WATCHDOG_H

#include "base/heartbeat.h"
#include "process/proc.h"

struct watchdog {
	struct ev_loop *loop;
	ev_timer look;
	struct proc *proc;		/* borrowed; n of them */
	struct heartbeat *heartbeat;		/* as many, shared with them */
	struct watched *watched;	/* and what was seen of each */
	size_t n;
};

/*
 * Watches n processes, which may be started and end meanwhile, for a silence
 * of so many seconds. 0: there is nothing to do. -1: errno.
 */
int watchdog_start(struct watchdog *, struct ev_loop *, struct proc *,
    size_t n, double limit);

/* What the loop of that process is to beat; NULL: nobody listens. */
struct heartbeat *watchdog_heartbeat(const struct watchdog *, size_t which);

/* Nothing happens if it was not started. */
void watchdog_stop(struct watchdog *);

#endif
