/*
 * tls_facts.h - what a finished handshake tells the backend.
 */
#ifndef OFFLOADER_TLS_FACTS_H
#define OFFLOADER_TLS_FACTS_H

#include <stdint.h>

#include "relay/proxy_header.h"
#include "tls/tls_side.h"

/* Keeps what the values of the facts point to. */
struct tls_facts {
	unsigned char *cn;
	unsigned char *client_cert;
	X509 *peer;			/* borrowed from the session */
};

/*
 * Fills in the TLS part of the facts. The strings live as long as both the
 * session and the tls_facts, which the caller clears.
 */
void tls_facts_get(struct tls_facts *, const struct tls_side *, bool want_der,
    struct proxy_facts *);
void tls_facts_clear(struct tls_facts *);

#endif
