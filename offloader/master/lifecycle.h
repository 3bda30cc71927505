/*
 * lifecycle.h - what only one master can have, and its end.
 */
#ifndef OFFLOADER_LIFECYCLE_H
#define OFFLOADER_LIFECYCLE_H

#include "master/master_parts.h"

/* Takes the pid file and opens the control socket. */
int master_settle(struct master *, const struct conf *, struct err *);

/* Stops accepting: drains, or ends at once. why is for the log. */
void master_end(struct master *, bool now, const char *why);

/* In a child: closes and stops what is the master's alone. */
void master_leave(struct master *);

#endif
