/*
 * key.h - the seam: a private key, wherever it lives.
 *
 * The rest of the house sees an EVP_PKEY that can sign, and never asks whether
 * the secret part is in this process.
 */
#ifndef OFFLOADER_KEY_H
#define OFFLOADER_KEY_H

#include <openssl/evp.h>

#include "base/err.h"
#include "keys/openssl_legacy.h"
#include "keys/pem.h"

/*
 * The private key of a file. An encrypted block is opened in place: what is
 * kept of it is plain. NULL: an error message. The caller calls
 * EVP_PKEY_free().
 */
EVP_PKEY *key_open(struct pem_block *, const char *file, struct passphrase *,
    struct key_curves *, struct err *);

/* The same of a block that was opened before. NULL: no key. */
EVP_PKEY *key_decode(enum pem_kind, const unsigned char *der, size_t len,
    struct key_curves *);

#endif
