/*
 * pair.h - two connected sockets: one for what is tested, one for its peer.
 */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* Neither end blocks. Small buffers are full soon. False: errno. */
static inline bool
pair_unix(int fd[2], int buffer)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    fd) == -1)
		return false;
	for (int i = 0; buffer > 0 && i < 2; i++)
		setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &buffer,
		    sizeof buffer);
	return true;
}

/* The same over TCP on this host, on a port that the kernel chooses. */
static inline bool
pair_tcp(int fd[2], int buffer)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof a;
	int on = 1;
	bool good;

	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	fd[1] = -1;
	if (buffer > 0) {
		setsockopt(fd[0], SOL_SOCKET, SO_RCVBUF, &buffer,
		    sizeof buffer);
		setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &buffer,
		    sizeof buffer);
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &buffer,
		    sizeof buffer);
		setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &buffer,
		    sizeof buffer);
	}
	good = bind(listener, (struct sockaddr *)&a, sizeof a) == 0 &&
	    listen(listener, 1) == 0 &&
	    getsockname(listener, (struct sockaddr *)&a, &len) == 0;
	/* It does not block, so it may be under way: accept() waits for it. */
	if (good)
		(void)connect(fd[0], (struct sockaddr *)&a, len);
	if (good)
		fd[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK |
		    SOCK_CLOEXEC);
	close(listener);
	/* As the program's own sockets do, and no test waits for the kernel. */
	for (int i = 0; i < 2; i++)
		setsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return good && fd[1] != -1;
}

#endif
