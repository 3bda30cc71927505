/*
 * public_key.h - the public half of a key, in the bytes of a certificate.
 */
#ifndef OFFLOADER_PUBLIC_KEY_H
#define OFFLOADER_PUBLIC_KEY_H

#include <stddef.h>

#include <openssl/evp.h>

#include "keys/openssl_legacy.h"

#define PUBLIC_KEY_MAX	2304	/* bytes; RSA of 16384 bits */

enum public_key_kind {
	PUBLIC_EC,
	PUBLIC_ED25519,
	PUBLIC_ED448,
	PUBLIC_RSA,		/* rsaEncryption */
	PUBLIC_OTHER		/* no more is said of it */
};

#define PUBLIC_KINDS	(PUBLIC_OTHER + 1)

struct public_key {
	enum public_key_kind kind;
	int curve;		/* of an EC key, its NID; else 0 */
	size_t len;
	unsigned char bytes[PUBLIC_KEY_MAX];	/* as subjectPublicKey */
};

/* That of a key. What has none that could be said is PUBLIC_OTHER. */
void public_key_of(struct public_key *, const EVP_PKEY *);

/* A key that verifies. NULL: the bytes are no key, or PUBLIC_OTHER. */
EVP_PKEY *public_key_public(enum public_key_kind, int curve,
    const unsigned char *bytes, size_t len, struct key_curves *);

#endif
