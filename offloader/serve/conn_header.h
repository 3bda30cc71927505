/*
 * conn_header.h - the PROXY header of one connection, from what is known of
 * it.
 */
#ifndef OFFLOADER_CONN_HEADER_H
#define OFFLOADER_CONN_HEADER_H

#include <stdbool.h>

#include "base/addr.h"
#include "relay/flow.h"
#include "relay/proxy_header.h"
#include "tls/tls_side.h"

/* What the header of a balancer in front of us said. */
struct origin {
	union addr from;		/* the sender */
	union addr client, local;	/* AF_UNSPEC: not in the header */
	uint8_t id[PROXY_UNIQUE_ID_MAX];
	size_t id_len;			/* 0: no word of it */
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

#endif
