/*
 * signer_process.h - a signer in a process of its own, and its keys by number.
 */
#ifndef TEST_SIGNER_PROCESS_H
#define TEST_SIGNER_PROCESS_H

#include <openssl/evp.h>

#include "keyguard/signer.h"

#define SIGNER_PROCESS_FIRST	700	/* the number of its first key */
#define SIGNER_PROCESS_KEYS	16

struct signer_process {
	pid_t pid;
	int channel;		/* ours to close, or a queue's */
	EVP_PKEY *key[SIGNER_PROCESS_KEYS];	/* borrowed */
};

/* Begins with the keys that stand in it. Whatever fails ends the program. */
void signer_process_start(struct signer_process *);

/*
 * The same, but each time the signer ends it says so (an int, its status, in
 * the place of a reply) and begins anew.
 */
void signer_process_start_stubborn(struct signer_process *);

/* Waits for its end; it ends when the channel is closed. Its exit status. */
int signer_process_end(const struct signer_process *);

#endif
