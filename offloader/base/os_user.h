/*
 * os_user.h - drops privileges for good.
 */
#ifndef OFFLOADER_OS_USER_H
#define OFFLOADER_OS_USER_H

#include "base/err.h"

/*
 * Calls chroot() and changes to another user and group. Each of the three may
 * be NULL: no chroot, the user's own group, no change of user. Names are looked
 * up before the chroot. Verifies that root cannot be regained. -1: an error
 * message; the process may be half changed and must end.
 */
int os_become(const char *user, const char *group, const char *chroot_dir,
    struct err *);

/*
 * Gives up for good what a process that serves clients does not need:
 * privileges of executed programs, core files, and all capabilities unless we
 * are root. -1: an error message.
 */
int os_shed(struct err *);

/* The first of these alone (NO_NEW_PRIVS). -1: an error message. */
int os_shed_execution(struct err *);

/* Gives up root's capabilities as well. -1: an error message. */
int os_shed_capabilities(struct err *);

/* Forbids fork(), except for root, which ignores the limit. -1: as above. */
int os_shed_children(struct err *);

/* Checks that the names and the folder exist. -1: an error message. */
int os_check_user(const char *user, const char *group,
    const char *chroot_dir, struct err *);

#endif
