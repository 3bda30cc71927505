/*
 * sandbox.h - what a process gives up for good before it meets strangers.
 *
 * Three things, as far as this build and this kernel have them: system calls
 * that its work does not need (seccomp), files and ports (Landlock), and the
 * right to capabilities and children.
 */
#ifndef OFFLOADER_SANDBOX_H
#define OFFLOADER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"
#include "config/conf.h"

enum sandbox_role {
	SANDBOX_WORKER,		/* accepts, and connects to the backend */
	SANDBOX_KEYGUARD,	/* reads any file, forks; no network */
	SANDBOX_SIGNER,		/* messages on the channels it has */
	SANDBOX_REPORTER	/* accepts; opens and connects nothing */
};

struct sandbox_config {
	unsigned mode;			/* enum sandbox_mode */
	const struct endpoints *backend;	/* a worker's; borrowed */
	bool syslog;			/* may come back to it */
	/* Keys live in tokens, and this role asks them: it may then load
	   libraries, write files, fork and talk to local daemons. */
	bool tokens;
};

#define SANDBOX_TEXT	256

/* What this wish means here, for the log and status. Returns out. */
char *sandbox_text(const struct sandbox_config *, char *out, size_t size);

/* Whether it is all that "on" can be: nothing is missing, or nothing wanted. */
bool sandbox_whole(unsigned mode);

/* -1, a sentence: it is to be strict, and something is missing. */
int sandbox_check(unsigned mode, struct err *);

/*
 * Gives up what the role does not need: the last thing before its loop, after
 * os_become() and os_shed() where they are called. With "on", what is missing
 * is gone without. -1: a sentence; the process may be half confined and must
 * end.
 */
int sandbox_enter(enum sandbox_role, const struct sandbox_config *,
    struct err *);

#endif
