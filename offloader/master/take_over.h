/*
 * take_over.h - the part of the master that starts the next one, and the part
 * that is the next one.
 */
#ifndef OFFLOADER_TAKE_OVER_H
#define OFFLOADER_TAKE_OVER_H

#include "master/master_parts.h"

extern const struct upgrade_watch master_upgrade_watch;

/* Starts the next master. The result is in m->upgrade. */
int master_want_upgrade(struct master *, struct err *);

/* In the new master, which serves now: takes over from the old one. */
void master_take_over(struct master *);

#endif
