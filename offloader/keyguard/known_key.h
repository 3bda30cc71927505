/*
 * known_key.h - what the master remembers of a key in the keyguard: its files
 * and its public half.
 */
#ifndef OFFLOADER_KNOWN_KEY_H
#define OFFLOADER_KNOWN_KEY_H

#include "keys/keyring.h"

struct known_key;

/* A copy. NULL if out of memory. */
struct known_key *known_key_new(const struct key_source *,
    const struct public_key *);
void known_key_free(struct known_key *);

/* Borrowed. */
struct key_source known_key_source(const struct known_key *);

/* True if the key that was read now is the same. */
bool known_key_is(const struct known_key *, const struct public_key *);

/* True if signers support this kind of key. */
bool known_key_can_be(const struct public_key *);

#endif
