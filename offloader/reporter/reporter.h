/*
 * reporter.h - the process that tells how things are, over HTTP.
 *
 * It starts when its generation serves and exits when another one does. If it
 * dies earlier, it is forked again. It can change nothing.
 */
#ifndef OFFLOADER_REPORTER_H
#define OFFLOADER_REPORTER_H

#include "process/listeners.h"
#include "reporter/pages.h"

struct reporter_task {
	const struct stats_listeners *listeners;	/* borrowed */
	struct pages_source from;
	int channel;			/* to the master */
	/* Gives up what a reporter does not need, last before its loop. */
	int (*confine)(const void *child, struct err *);
	const void *child;		/* for confine() */
};

/* Serves until it must retire or the master exits. Returns a status. */
int reporter_run(const struct reporter_task *);

#endif
