/*
 * reporter.h - the process that tells how things are, over HTTP.
 *
 * It begins when its generation serves and leaves when another does; in
 * between it is forked anew if it dies. It can change nothing.
 */
#ifndef OFFLOADER_REPORTER_H
#define OFFLOADER_REPORTER_H

#include "process/stats_listeners.h"
#include "reporter/pages.h"

struct reporter_task {
	const struct stats_listeners *listeners;	/* borrowed */
	struct pages_source from;
	int channel;			/* to the master */
	/* Gives up what a reporter does not need, last before its loop. */
	int (*confine)(const void *child, struct err *);
	const void *child;		/* for confine() */
};

/* Serves until told to leave, or the master is gone. Returns a status. */
int reporter_run(const struct reporter_task *);

#endif
