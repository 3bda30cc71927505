/*
 * clerk.h - a signer in a process of its own, and its keys by number.
 */
#ifndef TEST_CLERK_H
#define TEST_CLERK_H

#include <openssl/evp.h>

#include "keyguard/signer.h"

#define CLERK_FIRST	700	/* the number of its first key */
#define CLERK_KEYS	16

struct clerk {
	pid_t pid;
	int channel;		/* ours to close, or a queue's */
	EVP_PKEY *key[CLERK_KEYS];	/* borrowed */
};

/* Begins with the keys that stand in it. Whatever fails ends the program. */
void clerk_start(struct clerk *);

/*
 * The same, but each time the signer ends it says so (an int, its status, in
 * the place of a reply) and begins anew.
 */
void clerk_start_stubborn(struct clerk *);

/* Waits for its end; it ends when the channel is closed. Its exit status. */
int clerk_end(const struct clerk *);

#endif
