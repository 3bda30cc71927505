/*
 * forger.h - records that no honest client would send.
 *
 * After a handshake with AES-128-GCM the forger takes the client's write key
 * and goes on in its place.
 */
#ifndef TEST_FORGER_H
#define TEST_FORGER_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#define FORGER_CIPHER	"ECDHE-ECDSA-AES128-GCM-SHA256"
#define FORGER_SUITE	"TLS_AES_128_GCM_SHA256"
#define FORGER_EXTRA	(5 + 8 + 16)	/* bytes around the content */

struct forger {
	uint8_t key[16], iv[12];	/* TLS 1.2: only four bytes of it */
	uint64_t sequence;
	bool tls13;
};

/* Makes the secrets of a context's clients known. Before the handshake. */
void forger_listen(SSL_CTX *);

/*
 * The client has sent nothing but its Finished, and will send no more. Of all
 * clients of TLS 1.3 it must be the one that shook hands last.
 */
bool forger_take(struct forger *, SSL *client);

/* Writes one record; returns its length, FORGER_EXTRA more than the content. */
size_t forger_record(struct forger *, uint8_t *out, uint8_t type,
    const void *content, size_t len);

#endif
