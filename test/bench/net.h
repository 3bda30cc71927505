/*
 * net.h - addresses and sockets of the load generator and its backend.
 */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct net_addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} u;
	socklen_t len;
};

/* Takes "127.0.0.1:80", "[::1]:80" or "/path". False if it is neither. */
bool net_parse(const char *text, struct net_addr *);

/* A non-blocking socket on its way to the address; -1 and errno. */
int net_connect(const struct net_addr *);

/*
 * A non-blocking listening socket; -1 and errno. Port 0 lets the kernel
 * choose, and the address then holds its choice.
 */
int net_listen(struct net_addr *);

unsigned int net_port(const struct net_addr *);

/* Lets this process have as many descriptors as it is allowed. */
void net_raise_limit(void);

/* Microseconds of a clock that never jumps. */
int64_t net_now(void);

#endif
