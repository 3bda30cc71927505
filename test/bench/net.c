/*
 * net.c - addresses and sockets of the load generator and its backend.
 */
#include <sys/resource.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net.h"

#define BACKLOG	4096

static bool
parse_path(const char *text, struct net_addr *a)
{
	size_t n = strlen(text);

	if (n >= sizeof a->u.un.sun_path)
		return false;
	a->u.un.sun_family = AF_UNIX;
	memcpy(a->u.un.sun_path, text, n + 1);
	a->len = sizeof a->u.un;
	return true;
}

static bool
parse_host(const char *host, uint16_t port, struct net_addr *a)
{
	if (inet_pton(AF_INET, host, &a->u.in.sin_addr) == 1) {
		a->u.in.sin_family = AF_INET;
		a->u.in.sin_port = htons(port);
		a->len = sizeof a->u.in;
		return true;
	}
	if (inet_pton(AF_INET6, host, &a->u.in6.sin6_addr) != 1)
		return false;
	a->u.in6.sin6_family = AF_INET6;
	a->u.in6.sin6_port = htons(port);
	a->len = sizeof a->u.in6;
	return true;
}

bool
net_parse(const char *text, struct net_addr *a)
{
	const char *colon = strrchr(text, ':'), *from = text;
	char host[INET6_ADDRSTRLEN], *end;
	unsigned long port;
	size_t n;

	memset(a, 0, sizeof *a);
	if (text[0] == '/')
		return parse_path(text, a);
	if (colon == NULL)
		return false;
	n = (size_t)(colon - text);
	if (text[0] == '[' && n >= 2 && text[n - 1] == ']') {
		from++;
		n -= 2;
	}
	if (n >= sizeof host)
		return false;
	memcpy(host, from, n);
	host[n] = '\0';
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || port > UINT16_MAX)
		return false;
	return parse_host(host, (uint16_t)port, a);
}

static int
open_socket(const struct net_addr *a)
{
	const int on = 1;
	int fd;

	fd = socket(a->u.sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (a->u.sa.sa_family == AF_UNIX)
		return fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	return fd;
}

static int
close_failed(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

int
net_connect(const struct net_addr *a)
{
	int fd = open_socket(a);

	if (fd == -1)
		return -1;
	if (connect(fd, &a->u.sa, a->len) == -1 && errno != EINPROGRESS)
		return close_failed(fd);
	return fd;
}

int
net_listen(struct net_addr *a)
{
	int fd;

	if (a->u.sa.sa_family == AF_UNIX)
		unlink(a->u.un.sun_path);
	fd = open_socket(a);
	if (fd == -1)
		return -1;
	if (bind(fd, &a->u.sa, a->len) == -1 || listen(fd, BACKLOG) == -1)
		return close_failed(fd);
	if (a->u.sa.sa_family != AF_UNIX)
		getsockname(fd, &a->u.sa, &a->len);
	return fd;
}

unsigned int
net_port(const struct net_addr *a)
{
	switch (a->u.sa.sa_family) {
	case AF_INET:	return ntohs(a->u.in.sin_port);
	case AF_INET6:	return ntohs(a->u.in6.sin6_port);
	default:	return 0;
	}
}

void
net_raise_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

int64_t
net_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
