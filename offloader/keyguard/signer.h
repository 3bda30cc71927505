/*
 * signer.h - the process that signs for one worker.
 */
#ifndef OFFLOADER_SIGNER_H
#define OFFLOADER_SIGNER_H

#include <stdint.h>

#include <openssl/evp.h>

/* How a signer ends: its exit status. */
enum signer_end {
	SIGNER_LEFT,		/* the worker has ended */
	SIGNER_ASKED,		/* the request is not allowed */
	SIGNER_GARBLED,		/* the request has a wrong size */
	SIGNER_CHANNEL,		/* cannot receive or send */
	SIGNER_NO_MEMORY
};

/* The key with this number, borrowed; or NULL. */
typedef EVP_PKEY *key_of_fn(void *, uint32_t number);

/*
 * Receives requests, checks and signs them until the worker has ended or a
 * request is bad: then a new signer is needed. The caller closes the channel.
 */
enum signer_end signer_run(int channel, key_of_fn *, void *);

/* The reason for the log; NULL if the worker has ended. */
const char *signer_end_text(int status);

#endif
