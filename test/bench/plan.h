/*
 * plan.h - what every client of one run does.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "net.h"

/* How far a connection is opened, before it counts as open. */
enum plan_depth {
	DEPTH_TCP,		/* connected, and not a byte sent */
	DEPTH_HALF,		/* the first half of a ClientHello sent */
	DEPTH_TLS,		/* the handshake done */
	DEPTH_REPLY,		/* one request answered */
	DEPTH_ASKED		/* one request sent, the reply never read */
};

struct plan {
	struct net_addr to;
	SSL_CTX *ctx;
	SSL_SESSION *session;	/* offered to the server; NULL for none */
	enum plan_depth depth;
	bool fresh;		/* a new connection for each request */
	bool held;		/* open connections are all there is to do */
	bool down;		/* the payload is what comes, not what goes */
	char request[256];
	size_t request_len;
	uint64_t upload;	/* bytes that follow the request */
};

/* As the user said it. */
struct plan_wish {
	const char *mode, *address, *tls, *cipher;
	uint64_t bytes;
};

/*
 * False, with a sentence on standard error, if that is not possible. A mode
 * that resumes connects once to the server here, for a session to offer.
 */
bool plan_make(struct plan *, const struct plan_wish *);
void plan_free(struct plan *);

/* The modes, one line each. */
void plan_list(FILE *);

#endif
