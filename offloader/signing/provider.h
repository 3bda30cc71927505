/*
 * provider.h - keys that are elsewhere: a public part and a number.
 *
 * An OpenSSL provider that is part of this program, beside the default one.
 * Keys of RSA, EC, Ed25519 and Ed448 are made here by provider_key() and in
 * no other way, and can do nothing but sign for TLS: see async_call.h.
 */
#ifndef OFFLOADER_PROVIDER_H
#define OFFLOADER_PROVIDER_H

#include <stdint.h>

#include <openssl/evp.h>

#include "base/err.h"

/* Once, before anything else of OpenSSL is used. -1: an error message. */
int provider_load(struct err *);

/*
 * A key that signs by asking for this number. NULL: out of memory, or no kind
 * of key that is known here. The caller calls EVP_PKEY_free().
 */
EVP_PKEY *provider_key(EVP_PKEY *public_part, uint32_t number);

#endif
