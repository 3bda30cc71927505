/*
 * os_socket.h - non-blocking stream sockets: listen, accept, connect.
 *
 * Every socket made here is a non-blocking stream, is closed by exec and, if it
 * is TCP, has TCP_NODELAY.
 */
#ifndef OFFLOADER_OS_SOCKET_H
#define OFFLOADER_OS_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"

struct os_listen {
	int backlog;
	bool first;		/* for this address: fails if others listen */
	bool freebind;		/* the address need not exist yet */
};

/*
 * Makes a listening socket. Several of one program may share a TCP address: the
 * first is made with "first", which fails if the address is in use; the others
 * join it, and the kernel spreads clients over all of them. The file of a UNIX
 * socket that a dead program left is replaced. The caller closes the
 * descriptor. -1: an error message that names the address, ERR_BIND if it
 * cannot be bound.
 */
int os_socket_listen(const struct endpoint *, const struct os_listen *,
    struct err *);

/* The file of a UNIX socket that we made. */
struct socket_file {
	dev_t device;
	ino_t inode;			/* 0: there is no such file */
};

/*
 * The same for a UNIX socket to which only root and our own user can connect,
 * from the first moment of its file on.
 */
int os_socket_listen_file(const struct endpoint *, int backlog,
    struct socket_file *, struct err *);

/* Removes the file if it still is ours. */
void os_socket_remove(const char *path, const struct socket_file *);

/*
 * Accepts one client and stores its address (AF_UNSPEC: a UNIX socket). The
 * caller closes the descriptor. -1: errno; EAGAIN if no client waits.
 */
int os_accept(int fd, union addr *peer);

/*
 * Begins a connection. If *connected is false it is in progress: the socket
 * becomes writable when it is decided, and os_socket_error() has the result.
 * The caller closes the descriptor. -1: errno; EAGAIN: the queue of a UNIX
 * socket is full, try again later.
 */
int os_socket_connect(const struct endpoint *, bool *connected);

/*
 * Makes a TCP socket readable only when so many bytes wait, or no more can come
 * (SO_RCVLOWAT). Other sockets ignore it and become readable earlier.
 */
void os_socket_least(int fd, int bytes);

/* True if the peer has ended: no more bytes will come than already wait. */
bool os_socket_ended(int fd);

/* True if bytes wait to be read. */
bool os_socket_waits(int fd);

/* True if root or our own user is the peer of a UNIX socket. */
bool os_socket_is_ours(int fd);

/* The socket's pending error (SO_ERROR): 0 or an errno. */
int os_socket_error(int fd);

/*
 * Sends TCP keep-alives after so many seconds of silence; 0: never. Accepted
 * sockets inherit it from the listening socket. -1: errno.
 */
int os_keepalive(int fd, int seconds);

#endif
