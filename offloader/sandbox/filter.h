/*
 * filter.h - which system calls each role may make, by libseccomp.
 */
#ifndef OFFLOADER_FILTER_H
#define OFFLOADER_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox/sandbox.h"

/* Sets of system calls, one for each role of sandbox.c. */
#define FILTER_WORKER	(1U << 0)
#define FILTER_KEYGUARD	(1U << 1)	/* no key is in a token */
#define FILTER_TOKENS	(1U << 2)	/* keyguard, signer or worker */
#define FILTER_SIGNER	(1U << 3)
#define FILTER_REPORTER	(1U << 4)

/* Without a row a call kills; where libraries are allowed it gets EPERM. */
enum filter_verdict {
	FILTER_ALLOW,
	FILTER_REFUSE		/* EACCES */
};

/* Condition: (argument & mask) == value. A mask of 0 ends the conditions. */
struct filter_arg {
	unsigned number;
	uint32_t mask, value;
};

#define FILTER_ARGS	3

/* One call, in these sets. The last row is in no set. */
struct filter_row {
	int call;
	unsigned sets;
	enum filter_verdict verdict;
	struct filter_arg arg[FILTER_ARGS];
};

extern const struct filter_row filter_rows[];

/* The reason why system calls cannot be filtered; NULL if they can. */
const char *filter_missing(void);

/* Filters this process and its children from now on. -1: errno. */
int filter_load(const struct sandbox_role *, const struct sandbox_config *);

#endif
