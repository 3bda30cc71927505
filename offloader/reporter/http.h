/*
 * http.h - HTTP for a few clients, by libmicrohttpd inside a loop.
 *
 * Clients are local, but may be hostile: each has limited time to send a
 * request, to read the answer and to stay idle. If all connections are taken, a
 * new one replaces the one that has been inactive the longest.
 */
#ifndef OFFLOADER_HTTP_H
#define OFFLOADER_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

#include "base/addr.h"

/* A GET or a HEAD; the strings last as long as the call. */
struct http_request {
	const char *path;
	const char *host;	/* as sent, or NULL */
	bool local;		/* by a UNIX socket */
	/* What stands behind "?": the value of a name, or NULL. */
	const char *(*word)(const struct http_request *, const char *name);
	void *connection;	/* private */
};

struct http_reply {
	unsigned status;
	const char *type;	/* of the content */
	const char *policy;	/* Content-Security-Policy; NULL: nothing may */
	char *body;		/* to be freed, or kept: a constant */
	size_t len;
	bool keep;
};

typedef void http_answer(void *who, const struct http_request *,
    struct http_reply *);

struct http;

/* Whether the program has libmicrohttpd at all. */
extern const bool http_built;

/* NULL: the system gave no memory or no descriptor. */
struct http *http_new(struct ev_loop *, http_answer *, void *who);
void http_free(struct http *);

/* Takes over the socket of a client that was accepted. */
void http_accept(struct http *, int fd, const union addr *peer);

/* Clients that send a request or read an answer may finish; then closes. */
void http_retire(struct http *);

size_t http_clients(const struct http *);

struct MHD_Connection;

/*
 * Sends it, or will; takes over its body. last: the client is to go then.
 * False: the connection is of no more use.
 */
bool reply_send(struct MHD_Connection *, struct http_reply *, bool last);

#endif
