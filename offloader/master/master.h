/*
 * master.h - signals, reload, supervision.
 */
#ifndef OFFLOADER_MASTER_H
#define OFFLOADER_MASTER_H

#include "config/conf.h"
#include "master/handover.h"

/* How the program was started; a reload reads the arguments again. */
struct master_start {
	int argc;
	char *const *argv;
	const char *version;
	struct handover *handed;
	void (*say)(const char *message);	/* before the log is open */
};

/*
 * Serves the configuration until told to end. Takes over the conf. Returns an
 * exit status; every error has been reported.
 */
int master_run(const struct master_start *, struct conf *);

#endif
