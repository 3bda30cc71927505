/*
 * build.h - puts a conf together, value by value.
 *
 * Only for the rooms that build a conf (reader, cli, check) and for conf
 * itself. All other code gets a finished conf.
 */
#ifndef OFFLOADER_BUILD_H
#define OFFLOADER_BUILD_H

#include "config/conf.h"
#include "config/diagnostics.h"

/*
 * A scope of a conf by number, because the arrays move while they grow. 0: not
 * in a frontend (not in a certificate); else 1 + its index.
 */
struct spot {
	unsigned front, cert;
};

/* Where a value was said. */
struct place {
	unsigned order;		/* see diagnostic.h */
	const char *where;	/* "FILE:LINE", "command line" */
};

struct build {
	struct conf *conf;
	struct diagnostics *diagnostics;
};

/* Adds "out of memory" to the diagnostics. */
void build_no_memory(struct build *);

/*
 * Where a file is: a relative name that is not found from the working
 * directory may be one in $CREDENTIALS_DIRECTORY (see systemd.exec(5)). NULL:
 * it is not there either, and the name stays as it is. The caller frees it.
 */
char *build_credential(const char *name);

/* Judges a value and stores it, or complains. */
void build_set(struct build *, struct spot, const struct option_row *,
    const char *text, const struct place *);

/*
 * Adds a frontend, or a certificate to a frontend or to all, by the row that
 * describes it; with its defaults. Stores its spot, or complains and returns
 * false.
 */
bool build_add(struct build *, struct spot, const struct option_row *section,
    struct spot *added);

/* A spot's options and its struct. */
const struct option_part *spot_scope(struct spot);
void *spot_target(struct conf *, struct spot);

/* Sorts what is known of places, so that asking for many takes no time. */
void build_sort(struct build *);

/* Whether the option was set just there. */
bool build_has(const struct conf *, struct spot, const struct option_row *);

/* The same of a pointer into the conf, as conf_where() takes it. */
bool build_says(const struct conf *, const void *scope, const char *option);

/* conf_where() of a spot. */
const char *build_where(const struct conf *, struct spot, const char *option);

/* Frees what is known of places. */
void build_forget(struct conf *);

#endif
