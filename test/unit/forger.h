/*
 * forger.h - records that no honest client would send.
 *
 * After a handshake of TLS 1.2 with ECDHE-ECDSA-AES128-GCM-SHA256 the forger
 * takes the client's write key and goes on in its place.
 */
#ifndef TEST_FORGER_H
#define TEST_FORGER_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#define FORGER_CIPHER	"ECDHE-ECDSA-AES128-GCM-SHA256"
#define FORGER_EXTRA	(5 + 8 + 16)	/* bytes around the content */

struct forger {
	uint8_t key[16], salt[4];
	uint64_t sequence;
};

/* The client has sent nothing but its Finished, and will send no more. */
bool forger_take(struct forger *, SSL *client);

/* Writes one record; returns its length, FORGER_EXTRA more than the content. */
size_t forger_record(struct forger *, uint8_t *out, uint8_t type,
    const void *content, size_t len);

#endif
