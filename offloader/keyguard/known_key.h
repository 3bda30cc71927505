/*
 * known_key.h - what the master knows of a key: whence it is, and which.
 */
#ifndef OFFLOADER_KNOWN_KEY_H
#define OFFLOADER_KNOWN_KEY_H

#include "keys/keyring.h"

struct known_key;

/* A copy. NULL: out of memory. The caller calls known_key_free(). */
struct known_key *known_key_new(const struct key_source *,
    const struct public_key *);
void known_key_free(struct known_key *);

/* Borrowed. */
struct key_source known_key_source(const struct known_key *);

/* Whether what was read now is the same key. */
bool known_key_is(const struct known_key *, const struct public_key *);

/* Whether a key of this kind can be in another process than its worker. */
bool known_key_can_be(const struct public_key *);

#endif
