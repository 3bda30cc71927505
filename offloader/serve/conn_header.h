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

struct conn_header {
	unsigned send_proxy;		/* enum send_proxy */
	const struct proxy_form *form;
	const union addr *peer;
	const struct tls_side *client;
};

/*
 * Writes it into the scratch. Stores its length, 0 where none is wanted.
 * False: proxy-size-limit is too small for what must be in.
 */
bool conn_header_write(const struct conn_header *, struct scratch *,
    size_t *len);

/*
 * The options proxy-tlv and proxy-size-limit as the encoder wants them. -1: a
 * TLV nobody knows.
 */
int conn_header_form(struct proxy_form *, const struct conf *);

#endif
