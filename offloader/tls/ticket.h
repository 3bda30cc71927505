/*
 * ticket.h - session tickets: keys in shared memory or from a file, lifetimes.
 *
 * The master makes and rotates the keys, workers of every generation read them.
 * So a session is resumed by whichever worker the client meets. RFC 5077
 * section 4 is the format of a ticket, AES-256-CBC and HMAC-SHA256 protect it.
 */
#ifndef OFFLOADER_TICKET_H
#define OFFLOADER_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "base/slot.h"

#define TICKET_KEYS	3	/* all open tickets, one encrypts them */

struct ticket_key {
	uint8_t name[16];
	uint8_t aes[32];
	uint8_t hmac[32];
	uint8_t is_short;	/* the first half of each is used: AES-128 */
};

/* What a slot holds: newest first. */
struct ticket_keys {
	struct ticket_key key[TICKET_KEYS];
	uint8_t encrypts;	/* which one encrypts */
};

/* Puts a random key first, to encrypt; forgets the last. -1: no randomness. */
int ticket_rotate(struct slot *);

/*
 * Gives out tickets and takes them back, under the slot's keys; the slot is
 * borrowed. NULL: no memory, or no such cipher. It must outlive the contexts
 * that it serves, and owns their app data.
 */
struct ticket_context;

struct ticket_context *ticket_context_new(const struct slot *);
void ticket_context_free(struct ticket_context *);
void ticket_context_serve(const struct ticket_context *, SSL_CTX *);

/*
 * Reads the keys from a file that machines share, in the format of haproxy's
 * tls-ticket-keys: a key to a line, in base64, all of 48 bytes (AES-128) or all
 * of 80 (AES-256), the oldest first; or records of 80 bytes, one after the
 * other. The last three count. The last but one encrypts: so a new one that was
 * appended on each machine is known to all before one of them uses it.
 *
 * The caller cleanses the keys. A file that others can read is refused unless
 * any_mode is set. -1: an error message that names the file.
 */
int ticket_file_load(const char *file, bool any_mode, struct ticket_keys *,
    struct err *);

/* The same with what was read of a file. */
int ticket_file_parse(const char *file, const uint8_t *bytes, size_t len,
    struct ticket_keys *, struct err *);

/*
 * TLS 1.3 gives a new ticket at each resumption, and OpenSSL counts its time
 * from there: a client that keeps coming would never shake hands again, nor
 * show its certificate. So each ticket says when the full handshake was, and
 * when the client's certificates end, in seconds since 1970.
 */
struct ticket_life {
	int64_t begun;		/* the full handshake */
	int64_t ends;		/* the client's certificates, or never */
};

#define TICKET_LIFE_SIZE	16	/* bytes of it in a ticket */

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
