/*
 * addr.h - text to socket address and back.
 */
#ifndef OFFLOADER_ADDR_H
#define OFFLOADER_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"

/* One client's or listener's address, as small as it can be. */
union addr {
	sa_family_t family;	/* AF_UNSPEC: none known */
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Any address one can bind or connect to, UNIX paths included. */
struct endpoint {
	socklen_t len;
	union {
		union addr addr;
		struct sockaddr sa;
		struct sockaddr_un un;
	};
};

struct endpoints {
	struct endpoint *at;
	size_t n;
};

#define ADDR_TEXT	64	/* "[ipv6%scope]:port" and its NUL */
#define ENDPOINT_TEXT	(sizeof(struct sockaddr_un) + 8)

/*
 * "[HOST]:PORT", "HOST:PORT" (one colon) or ":PORT" into two strings that the
 * caller frees. HOST "" or "*" becomes "". The port is a number 0..65535 or a
 * service's name. -1: an error message.
 */
int addr_split(const char *text, char **host, char **port, struct err *);

/*
 * Looks up every address to bind for HOST (NULL, "" or "*": all of both
 * families) or to connect to. Uses the resolver, which may block. The
 * caller calls endpoints_free().
 */
int addr_to_bind(const char *host, const char *port, struct endpoints *,
    struct err *);
int addr_to_connect(const char *host, const char *port, struct endpoints *,
    struct err *);

/* A path as a UNIX socket's address. -1: too long. */
int addr_unix(const char *path, struct endpoints *, struct err *);

/* The same for "[HOST]:PORT" or "/PATH", to bind or to connect to. */
int endpoints_to_bind(const char *text, struct endpoints *, struct err *);
int endpoints_to_connect(const char *text, struct endpoints *, struct err *);

void endpoints_free(struct endpoints *);
bool endpoint_equal(const struct endpoint *, const struct endpoint *);

/* "192.0.2.1:443", "[2001:db8::1]:443", "/path". Returns out. */
char *endpoint_text(const struct endpoint *, char *out, size_t size);
char *addr_text(const union addr *, char *out, size_t size);

/* True if address and port are equal. AF_UNSPEC never equals anything. */
bool addr_equal(const union addr *, const union addr *);

/* Copies what accept() or getsockname() gave; other families: AF_UNSPEC. */
void addr_from(union addr *, const struct sockaddr *);

#endif
