/*
 * os_handed.h - inherited listening sockets, in the protocol of
 * sd_listen_fds(3): from systemd, or from the master before us at an upgrade.
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
 * Reads the variables from the environment and removes them. Finds none if they
 * are for another process. Programs that we execute do not inherit the sockets.
 */
void os_handed_take(struct os_handed *);

/* Closes all. In a child, before any of them is used. */
void os_handed_close(const struct os_handed *);

/* The name of the i-th socket, or "". Returns out. */
char *os_handed_name(const struct os_handed *, size_t i,
    char out[OS_HANDED_NAME]);

/* Turns a text into such a name: no colon, no control byte, no blank. */
char *os_handed_call(const char *text, char out[OS_HANDED_NAME]);

/*
 * Sets it up like a socket of os_socket_listen(), and stores its address. -1:
 * it is not a listening stream socket.
 */
int os_handed_use(int fd, struct endpoint *);

#endif
