/*
 * ticket_life.h - how long a session may be resumed.
 *
 * TLS 1.3 gives a new ticket at each resumption, and OpenSSL counts its time
 * from there: a client that keeps coming would never shake hands again, nor
 * show its certificate. So each ticket says when the full handshake was, and
 * when the client's certificates end.
 */
#ifndef OFFLOADER_TICKET_LIFE_H
#define OFFLOADER_TICKET_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#define TICKET_LIFE_SIZE	16	/* bytes of it in a ticket */

/* In seconds since 1970. */
struct ticket_life {
	int64_t begun;		/* the full handshake */
	int64_t ends;		/* the client's certificates, or never */
};

/* When the first of them expires; INT64_MAX: no certificates. */
int64_t ticket_life_of_certs(const STACK_OF(X509) *);

/*
 * For how many more seconds a session of at most timeout seconds is valid. 0:
 * it has expired. A clock may be a little behind that of another machine.
 */
int64_t ticket_life_left(const struct ticket_life *, int64_t timeout,
    int64_t now);

/* As it stands in a ticket, whichever machine reads it. False: not ours. */
void ticket_life_put(const struct ticket_life *,
    uint8_t bytes[TICKET_LIFE_SIZE]);
bool ticket_life_get(struct ticket_life *, const uint8_t *bytes, size_t len);

/* What came of a session's tickets. */
struct ticket_count {
	unsigned issued;
	unsigned expired;	/* its key was dropped, or it is too old */
};

/*
 * Limits every session of the context to the context's own timeout, and counts
 * where its site_choice is.
 */
void ticket_life_limit(SSL_CTX *);

#endif
