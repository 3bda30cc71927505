/*
 * master.h - signals, reload, supervision.
 */
#ifndef OFFLOADER_MASTER_H
#define OFFLOADER_MASTER_H

#include "config/conf.h"
#include "master/handover.h"

/* The words the program was started with: a reload reads them again. */
struct master_start {
	int argc;
	char *const *argv;
	const char *version;
	struct handover *handed;
	void (*say)(const char *sentence);	/* before there is a log */
};

/*
 * Brings the configuration to life and stays until told to end. Takes over the
 * conf. Returns an exit status; every fault has been said.
 */
int master_run(const struct master_start *, struct conf *);

#endif
