/*
 * sandbox.h - what a process gives up for good before it serves.
 *
 * Three things, as far as this build and this kernel have them: system calls
 * that its work does not need (seccomp), files and ports (Landlock), and the
 * right to capabilities and child processes.
 */
#ifndef OFFLOADER_SANDBOX_H
#define OFFLOADER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"
#include "config/conf.h"

/* The files that a process can still open. */
enum landlock_files { LANDLOCK_FILES_NONE, LANDLOCK_FILES_READ,
    LANDLOCK_FILES_ALL };

/* One kind of process. No role may execute programs. */
struct sandbox_role {
	const char *name;
	unsigned filter;		/* its bit in filter_rows.c */
	enum landlock_files files;	/* that it can still open */
	bool connects;			/* to the backend */
	bool forks;			/* and keeps what its children need */
	bool capabilities;		/* keeps root's */
	bool keys;			/* wider if its keys are in tokens */
	bool libraries;			/* may load them; a refusal is EPERM */
};

extern const struct sandbox_role sandbox_worker, sandbox_keyguard,
    sandbox_signer, sandbox_reporter;

/* What replaces a role that has keys, if they are in tokens. */
extern const struct sandbox_role sandbox_tokens;

struct sandbox_config {
	unsigned mode;			/* enum sandbox_mode */
	const struct endpoints *backend;	/* borrowed; or NULL */
	bool syslog;			/* may connect to it again */
	/* Keys are in tokens, and roles that have keys use them: those may
	   load libraries, write files, fork and talk to local daemons. */
	bool tokens;
};

#define SANDBOX_TEXT	256

/* What this configuration means here, for log and status. Returns out. */
char *sandbox_text(const struct sandbox_config *, char *out, size_t size);

/* True if mode is off, or if nothing is missing for it. */
bool sandbox_complete(unsigned mode);

/* Fails if mode is strict and something is missing. */
int sandbox_check(unsigned mode, struct err *);

/*
 * Confines this process to its role. Call it last before the loop, after
 * os_become() and os_shed() where they are called. With mode "on", what this
 * system lacks is left out. On failure the process may be half confined, and
 * must end.
 */
int sandbox_enter(const struct sandbox_role *, const struct sandbox_config *,
    struct err *);

#endif
