/*
 * ticket.h - session-ticket keys: in shared memory, and from a file.
 *
 * The master makes and rotates them, workers of every generation read them: so
 * a session is resumed by whichever worker the client meets (RFC 5077 section
 * 4 is the format of a ticket, AES-256-CBC and HMAC-SHA256 what protects it).
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
 * any_mode is set. -1: a sentence that names the file.
 */
int ticket_file_load(const char *file, bool any_mode, struct ticket_keys *,
    struct err *);

/* The same with what was read of a file. */
int ticket_file_parse(const char *file, const uint8_t *bytes, size_t len,
    struct ticket_keys *, struct err *);

#endif
