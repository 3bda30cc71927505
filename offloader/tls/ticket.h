/*
 * ticket.h - session-ticket keys in shared memory.
 *
 * The master makes and rotates them, workers of every generation read them: so
 * a session is resumed by whichever worker the client meets (RFC 5077 section
 * 4 is the format of a ticket, AES-256-CBC and HMAC-SHA256 what protects it).
 */
#ifndef OFFLOADER_TICKET_H
#define OFFLOADER_TICKET_H

#include <stdint.h>

#include <openssl/ssl.h>

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
	uint8_t seals;		/* which one encrypts */
};

/* Puts a random key first, to encrypt; forgets the last. -1: no randomness. */
int ticket_rotate(struct slot *);

/*
 * Gives out tickets and takes them back, under the slot's keys; the slot is
 * borrowed. NULL: no memory, or no such cipher. It must outlive the contexts
 * that it serves, and owns their app data.
 */
struct ticket_office;

struct ticket_office *ticket_office_new(const struct slot *);
void ticket_office_free(struct ticket_office *);
void ticket_office_serve(const struct ticket_office *, SSL_CTX *);

#endif
