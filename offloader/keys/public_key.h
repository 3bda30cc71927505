/*
 * public_key.h - the public half of a key, in the bytes of a certificate.
 */
#ifndef OFFLOADER_PUBLIC_KEY_H
#define OFFLOADER_PUBLIC_KEY_H

#include <stddef.h>

#include <openssl/evp.h>

#include "keys/key_curve.h"

#define KEY_HALF_MAX	2304	/* bytes; RSA of 16384 bits */

enum key_half_kind {
	HALF_EC,
	HALF_ED25519,
	HALF_ED448,
	HALF_RSA,		/* rsaEncryption */
	HALF_OTHER		/* no more is said of it */
};

#define HALF_KINDS	(HALF_OTHER + 1)

struct key_half {
	enum key_half_kind kind;
	int curve;		/* of an EC key, its NID; else 0 */
	size_t len;
	unsigned char bytes[KEY_HALF_MAX];	/* as subjectPublicKey */
};

/* That of a key. What has none that could be said is HALF_OTHER. */
void key_half_of(struct key_half *, const EVP_PKEY *);

/* A key that verifies, of such bytes. NULL: they are none, or HALF_OTHER. */
EVP_PKEY *key_half_public(enum key_half_kind, int curve,
    const unsigned char *bytes, size_t len, struct key_curves *);

#endif
