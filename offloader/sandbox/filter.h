/*
 * filter.h - which system calls each role may make, by libseccomp.
 */
#ifndef OFFLOADER_FILTER_H
#define OFFLOADER_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox/sandbox.h"

enum filter_set {
	FILTER_WORKER,
	FILTER_KEYGUARD,	/* no key is in a token */
	FILTER_TOKENS,		/* whoever asks a token itself */
	FILTER_SIGNER,
	FILTER_REPORTER,
	FILTER_SETS
};

/* What no row speaks of kills; with tokens: EPERM, to somebody's library. */
enum filter_verdict {
	FILTER_ALLOW,
	FILTER_REFUSE		/* EACCES */
};

/* The argument's bits in the mask are these. A mask of 0: no condition. */
struct filter_arg {
	unsigned number;
	uint32_t mask, value;
};

#define FILTER_ARGS	3

/* One call, in the sets whose bits are set. Ended by a row in no set. */
struct filter_row {
	int call;
	unsigned sets;
	enum filter_verdict verdict;
	struct filter_arg arg[FILTER_ARGS];
};

extern const struct filter_row filter_rows[];

/* Why there can be none. NULL: there can. */
const char *filter_missing(void);

/* For good. -1: errno. */
int filter_load(enum filter_set, const struct sandbox_config *);

#endif
