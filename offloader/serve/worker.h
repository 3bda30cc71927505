/*
 * worker.h - one event loop: all that one worker process does.
 */
#ifndef OFFLOADER_WORKER_H
#define OFFLOADER_WORKER_H

#include <stddef.h>

#include "base/heartbeat.h"
#include "config/conf.h"
#include "serve/backend.h"
#include "serve/conn.h"
#include "stats/stats.h"

struct worker_task {
	const struct conf *conf;	/* all borrowed from the generation */
	const struct backend *backend;
	const struct listener *listeners;
	size_t n_listeners;
	int channel;			/* to the master */
	int keys;			/* to the signer; -1: keys are here */
	struct heartbeat *heartbeat;	/* beaten as conf says; or NULL */
	/* Gives up what a worker does not need, last before its loop. */
	int (*confine)(const void *child, struct err *);
	const void *child;		/* for confine() */
	struct counters *counters;		/* of this process */
};

/*
 * Serves until it must retire and the last connection ends, at most for
 * drain-timeout, or until the master has exited and the last connection ends.
 * Returns an exit status.
 */
int worker_run(const struct worker_task *);

#endif
