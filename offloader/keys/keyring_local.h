/*
 * keyring_local.h - a ring with its keys in this process.
 */
#ifndef OFFLOADER_KEYRING_LOCAL_H
#define OFFLOADER_KEYRING_LOCAL_H

#include "keys/keyring.h"

/* NULL: out of memory. The caller calls keyring_free(). */
struct keyring *keyring_local_new(void);

/*
 * A key of such a ring, for signer_run(): decoded when it is first asked for,
 * and kept so. Borrowed. NULL: none of that number.
 */
EVP_PKEY *keyring_local_find(void *ring, uint32_t id);

#endif
