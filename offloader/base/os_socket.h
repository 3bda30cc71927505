/*
 * os_socket.h - sockets as an event loop wants them.
 *
 * Every socket made here is a stream, never blocks, is closed by exec and, if
 * it is TCP, does not wait for more bytes (TCP_NODELAY).
 */
#ifndef OFFLOADER_OS_SOCKET_H
#define OFFLOADER_OS_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"

struct os_listen {
	int backlog;
	bool first; /* of all sockets of the address: fails if others listen */
	bool freebind;		/* the address need not be here (yet) */
};

/*
 * A listening socket. Several of one program may share a TCP address: the
 * first is made with "first", which also finds out whether the address is
 * free; the others join it, and the kernel spreads clients over all of them.
 * A stale UNIX socket's file is replaced. The caller closes the descriptor.
 * -1: a sentence that names the address, ERR_BIND if it cannot be had.
 */
int os_socket_listen(const struct endpoint *, const struct os_listen *,
    struct err *);

/* The file of a UNIX socket that we made. */
struct socket_file {
	dev_t device;
	ino_t inode;			/* 0: there is no such file */
};

/*
 * Listens on a UNIX socket that only root and our own user may connect to, from
 * the first moment of its file on. Otherwise as os_socket_listen().
 */
int os_socket_listen_file(const struct endpoint *, int backlog,
    struct socket_file *, struct err *);

/* Removes the file if it still is the one that we made. */
void os_socket_remove(const char *path, const struct socket_file *);

/*
 * Accepts one client and stores where it comes from (AF_UNSPEC: a UNIX
 * socket). The caller closes the descriptor. -1: errno, EAGAIN if none waits.
 */
int os_accept(int fd, union addr *peer);

/*
 * Begins a connection. If *connected is false it is under way: writable means
 * decided, and os_socket_error() says how. The caller closes the descriptor.
 * -1: errno; EAGAIN: a UNIX socket's queue is full, which may pass.
 */
int os_socket_connect(const struct endpoint *, bool *connected);

/*
 * Lets a TCP socket count as readable only when so many bytes wait, or no more
 * can come. Other sockets do not know it, which shows as readable too early.
 */
void os_socket_least(int fd, int bytes);

/* Whether no more bytes will come than wait in it already. */
bool os_socket_ended(int fd);

/* Whether bytes wait in it to be read. */
bool os_socket_waits(int fd);

/* Whether root or our own user connected to a UNIX socket of ours. */
bool os_socket_is_ours(int fd);

/* What went wrong with a socket since the last call: 0 or an errno. */
int os_socket_error(int fd);

/*
 * Asks a silent TCP peer after so many seconds whether it is still there; 0:
 * never. Clients inherit it from the socket that accepts them. -1: errno.
 */
int os_keepalive(int fd, int seconds);

#endif
