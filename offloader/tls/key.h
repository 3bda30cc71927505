/*
 * key.h - the seam: a private key, wherever it lives.
 *
 * The rest of the house sees an EVP_PKEY that can sign, and never asks whether
 * the secret part is in this process.
 */
#ifndef OFFLOADER_KEY_H
#define OFFLOADER_KEY_H

#include <openssl/types.h>

#include "base/err.h"

/*
 * Finds the private key of a certificate in a PEM file, which may hold other
 * things too. NULL: a sentence. The caller calls EVP_PKEY_free().
 */
EVP_PKEY *key_load(const char *file, struct err *);

/* -1 and a sentence when the key is not the certificate's. */
int key_fits(const EVP_PKEY *, const X509 *, const char *file, struct err *);

#endif
