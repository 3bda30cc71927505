/*
 * proxy_in.h - the PROXY header that a balancer puts before its client's TLS.
 *
 * It stays in the kernel until it is whole; then exactly its bytes are taken.
 * So there is no buffer, and TLS finds its first byte where it always is.
 */
#ifndef OFFLOADER_PROXY_IN_H
#define OFFLOADER_PROXY_IN_H

#include "relay/side.h"
#include "serve/conn_header.h"
#include "stats/end_reason.h"

/* What is taken at most: 536 bytes after the head of version 2. */
#define PROXY_IN_MAX	(16 + 536)

struct proxy_in {
	int asked;		/* bytes the kernel waits for; 0: any */
	bool early;		/* IO_WAIT: it does not; come back later */
	bool local;		/* the sender speaks for itself: a check */
	struct origin *origin;	/* what the header said; NULL: none came */
	enum end_reason end;		/* IO_ERROR: why */
	const char *fault;	/* and a malformed header's sentence */
};

/*
 * IO_OK: the header is taken; what follows is the client's. IO_WAIT: for more.
 * IO_ERROR: no valid header came, see end; nothing was read.
 */
enum io proxy_in_read(struct proxy_in *, int fd);

void proxy_in_clear(struct proxy_in *);

/* Why a connection was refused, for the log. NULL: it was not, not for that. */
const char *proxy_in_refusal(enum end_reason, const struct proxy_in *);

#endif
