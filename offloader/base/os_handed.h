/*
 * os_handed.h - listening sockets that were handed to us, as sd_listen_fds(3)
 * has them: from systemd, or from the program before us.
 */
#ifndef OFFLOADER_OS_HANDED_H
#define OFFLOADER_OS_HANDED_H

#include <stddef.h>

#include "base/addr.h"

#define OS_HANDED_FIRST	3	/* descriptor; the others follow it */
#define OS_HANDED_NAME	256	/* bytes of a name */

struct os_handed {
	size_t n;
	const char *names;	/* with colons between them, or NULL */
};

/*
 * Looks into the environment for sockets, and takes that out of there. None
 * if they are meant for another process. No program inherits them from us.
 */
void os_handed_take(struct os_handed *);

/* In a child, before anybody has made use of them. */
void os_handed_close(const struct os_handed *);

/* What the i-th is called: "" if it is not. Returns out. */
char *os_handed_name(const struct os_handed *, size_t i,
    char out[OS_HANDED_NAME]);

/* What a text becomes as such a name: no colon, no control byte, no blank. */
char *os_handed_call(const char *text, char out[OS_HANDED_NAME]);

/*
 * Makes of it a socket like those of os_socket_listen(), and tells where it
 * listens. -1: it is no stream socket that listens.
 */
int os_handed_use(int fd, struct endpoint *);

#endif
