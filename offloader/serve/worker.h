/*
 * worker.h - one event loop: all that one worker process does.
 */
#ifndef OFFLOADER_WORKER_H
#define OFFLOADER_WORKER_H

#include <stddef.h>

#include "base/heartbeat.h"
#include "config/conf.h"
#include "log/log_message.h"
#include "serve/acceptor.h"
#include "serve/backend.h"
#include "stats/counters.h"

/* Words of one byte between a worker and its master. */
#define WORD_READY	'R'	/* up: clients are let in */
#define WORD_RETIRE	'Q'	/* down: let nobody in, leave when empty */
#define WORD_LEAVE	'X'	/* down: at once */
#define WORD_KEYS	'K'	/* up: the signer is gone; down, with a
				   descriptor: here is another one */

struct worker_task {
	const struct conf *conf;	/* all borrowed from the generation */
	const struct backend *backend;
	const struct door *doors;
	size_t n_doors;
	int channel;			/* to the master */
	int keys;			/* to the signer; -1: keys are here */
	struct pulse *pulse;		/* beaten as conf says; or NULL */
	/* Gives up what a worker does not need, last before its loop. */
	int (*confine)(const void *cell, struct err *);
	const void *cell;
	struct tally *tally;		/* of this process */
};

/*
 * Serves until told to retire and empty, until drain-timeout after that, or
 * until the master is gone and all have left. Returns an exit status.
 */
int worker_run(const struct worker_task *);

#endif
