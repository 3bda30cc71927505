/*
 * os_user.h - root, and how to stop being it for good.
 */
#ifndef OFFLOADER_OS_USER_H
#define OFFLOADER_OS_USER_H

#include "base/err.h"

/*
 * Shuts this process into a folder and makes it another user. Each of the
 * three may be NULL: no chroot, the user's own group, stay who we are. Names
 * are looked up before the chroot. It is verified that root cannot come back.
 * -1: a sentence; the process may be half changed and must end.
 */
int os_become(const char *user, const char *group, const char *chroot_dir,
    struct err *);

/*
 * Gives up for good what nobody needs who serves strangers: to gain anything
 * by executing a program, to leave a core file with others' secrets, and, but
 * for root, every capability, such as the one to listen on low ports. -1: a
 * sentence.
 */
int os_shed(struct err *);

/* The first of these alone. -1: a sentence. */
int os_shed_execution(struct err *);

/* And root's capabilities. -1: a sentence. */
int os_shed_capabilities(struct err *);

/* And to fork, which no limit takes from root. -1: a sentence. */
int os_shed_children(struct err *);

/* Whether those names and that folder exist. -1: a sentence (--test). */
int os_check_user(const char *user, const char *group,
    const char *chroot_dir, struct err *);

#endif
