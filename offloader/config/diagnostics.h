/*
 * diagnostics.h - all that is wrong with a configuration, not only the first.
 *
 * Reading, setting and checking are three passes. Their messages are collected
 * here, and reported at the end in the order of the lines.
 */
#ifndef OFFLOADER_DIAGNOSTICS_H
#define OFFLOADER_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Where one sorts among the others: the command line, then the lines. */
#define PLACE_CLI	0u		/* lines begin at 1 */
#define PLACE_WHOLE	(~0u)		/* seen when all was read */

#define DIAGNOSTICS_MAX	100

struct diagnostics {
	struct diagnostic {
		struct err err;
		unsigned order;
	} list[DIAGNOSTICS_MAX];	/* by order */
	size_t n;
};

/*
 * Notes one about a place ("FILE:LINE", "command line"), unless the same
 * sentence is there already. After very many the rest is dropped.
 */
void diagnostics_add(struct diagnostics *, enum err_kind, unsigned order,
    const char *where, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* True if there are so many that more would not help. */
bool diagnostics_enough(const struct diagnostics *);

/*
 * Says all in order, leaves the first in err, and forgets them. Returns 0 if
 * there were none, else -1.
 */
int diagnostics_report(struct diagnostics *, void (*say)(const char *sentence),
    struct err *);

#endif
