/*
 * signer.h - the loop of a process that signs for one worker.
 */
#ifndef OFFLOADER_SIGNER_H
#define OFFLOADER_SIGNER_H

#include <stdint.h>

#include <openssl/evp.h>

/* How a signer ends: its exit status. */
enum signer_end {
	SIGNER_LEFT,		/* the worker is gone: all is well */
	SIGNER_ASKED,		/* for what no TLS server signs */
	SIGNER_GARBLED,		/* by a message of another size */
	SIGNER_CHANNEL,		/* the system refused to receive or send */
	SIGNER_NO_MEMORY
};

/* The key of a number, borrowed; NULL: there is none. */
typedef EVP_PKEY *key_of_fn(void *, uint32_t number);

/*
 * Receives, checks, signs and sends until the worker is gone or asks for what
 * may not be: a new signer is needed then. The channel stays the caller's.
 */
enum signer_end signer_run(int channel, key_of_fn *, void *);

/* The sentence behind "signer N: " in the log; NULL: nothing to be said. */
const char *signer_end_text(int status);

#endif
