/*
 * os_systemd.h - the protocols of sd_notify(3) and sd_listen_fds(3).
 *
 * os_notify: notifications to the supervisor that started us, one datagram for
 * each. os_handed: inherited listening sockets, from systemd or from the master
 * before us at an upgrade.
 */
#ifndef OFFLOADER_OS_SYSTEMD_H
#define OFFLOADER_OS_SYSTEMD_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/addr.h"

struct os_notify {
	struct sockaddr_un to;
	socklen_t len;		/* of it; 0: no supervisor */
	double watchdog;	/* seconds between keep-alives; 0: none */
};

/*
 * Reads the address of the supervisor from the environment and removes it, so
 * that our children and programs we execute cannot notify in our name.
 */
void os_notify_init(struct os_notify *);

/* Puts it back, for the program that takes our place. -1: errno. */
int os_notify_pass(const struct os_notify *);

/*
 * Sends "NAME=VALUE", or several with newlines between them. Never blocks; a
 * notification that cannot be delivered is lost.
 */
void os_notify(const struct os_notify *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* ------------------------------------------------- inherited sockets ---- */

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
