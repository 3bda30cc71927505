/*
 * known_key.h - what the master knows of a key: whence it is, and which.
 */
#ifndef OFFLOADER_KNOWN_KEY_H
#define OFFLOADER_KNOWN_KEY_H

#include "keys/keyring.h"

struct key_known;

/* A copy. NULL: out of memory. The caller calls key_known_free(). */
struct key_known *key_known_new(const struct key_source *,
    const struct key_half *);
void key_known_free(struct key_known *);

/* Borrowed. */
struct key_source key_known_source(const struct key_known *);

/* Whether what was read now is the same key. */
bool key_known_is(const struct key_known *, const struct key_half *);

/* Whether a key of this kind can be in another process than its worker. */
bool key_known_can_be(const struct key_half *);

#endif
