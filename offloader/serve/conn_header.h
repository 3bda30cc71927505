/*
 * conn_header.h - the PROXY headers of one connection: the one that is sent to
 * the backend, and the one that a balancer puts before its client's TLS.
 */
#ifndef OFFLOADER_CONN_HEADER_H
#define OFFLOADER_CONN_HEADER_H

#include <stdbool.h>

#include "base/addr.h"
#include "relay/proxy_header.h"
#include "relay/relay.h"
#include "relay/side.h"
#include "stats/end_reason.h"
#include "tls/tls_side.h"

/* What the header of a balancer in front of us contained. */
struct origin {
	union addr from;		/* the sender */
	union addr client, local;	/* AF_UNSPEC: not in the header */
	uint8_t id[PROXY_UNIQUE_ID_MAX];
	size_t id_len;			/* 0: not in it */
};

#define CONN_ID	32	/* letters of an id that we give */

struct conn_header {
	unsigned send_proxy;		/* enum send_proxy */
	const struct proxy_form *form;
	const union addr *peer;
	const struct tls_side *client;
	const struct origin *origin;	/* NULL: there was none */
	char *id;			/* left there if we gave one; or NULL */
};

/*
 * Writes it into the scratch. Stores its length, 0 where none is wanted, and
 * what was left out, as proxy_header_v2() does. False: proxy-size-limit is too
 * small for what must be in.
 */
bool conn_header_write(const struct conn_header *, struct scratch *,
    size_t *len, unsigned *left_out);

/*
 * The options proxy-tlv and proxy-size-limit as the encoder needs them. -1: an
 * unknown TLV.
 */
int conn_header_form(struct proxy_form *, const struct conf *);

/* Bytes of a received header at most: 536 after the head of version 2. */
#define PROXY_IN_MAX	(16 + 536)

/*
 * A received header stays in the kernel until it is whole; then exactly its
 * bytes are taken. So there is no buffer, and TLS finds its first byte where it
 * always is.
 */
struct proxy_in {
	int low_water;		/* SO_RCVLOWAT; 0: unset */
	bool early;		/* IO_WAIT: it does not; come back later */
	bool local;		/* LOCAL: a health check of the sender */
	struct origin *origin;	/* from the header; NULL: none came */
	enum end_reason end;	/* IO_ERROR: why */
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
