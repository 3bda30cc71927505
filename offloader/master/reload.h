/*
 * reload.h - the part of the master that reads its configuration again.
 */
#ifndef OFFLOADER_RELOAD_H
#define OFFLOADER_RELOAD_H

#include "master/master_parts.h"

/*
 * Loads and opens all that a generation needs before its workers are started.
 * Takes over the conf. Returns NULL on a fault.
 */
struct generation *master_prepare(struct master *, struct conf *,
    struct faults *);

/* Reloads as soon as possible. Requests that wait are served by one reload. */
void master_want_reload(struct master *);

/* Records the result: why is NULL if the new generation serves. */
void master_reload_settled(struct master *, const char *why);

/* Begins a reload that was wanted, if there may be one now. */
void master_try_reload(struct master *);

#endif
