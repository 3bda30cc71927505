/*
 * check.h - what can be said of a configuration only when all of it is there.
 */
#ifndef OFFLOADER_CHECK_H
#define OFFLOADER_CHECK_H

#include "config/build.h"

/* Gives frontends their addresses, names and what they take from the top. */
void check_complete(struct build *);

/* Complains of what does not go together. No file, socket or name is asked. */
void check_whole(struct build *);

#endif
