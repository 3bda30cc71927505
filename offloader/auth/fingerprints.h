/*
 * fingerprints.h - a set of fingerprints, the same in whatever order it was
 * filled.
 */
#ifndef OFFLOADER_FINGERPRINTS_H
#define OFFLOADER_FINGERPRINTS_H

#include <stddef.h>

#include <openssl/evp.h>

#define FINGERPRINT_SIZE	32	/* bytes: SHA-256 */

/* Begins as zeroes. */
struct fingerprints {
	unsigned char (*print)[FINGERPRINT_SIZE];
	size_t n;
};

/* Adds the fingerprint of these bytes. -1: out of memory. */
int fingerprints_add(struct fingerprints *, const void *bytes, size_t len);

/* Puts the set into a digest; what stands there twice counts once. */
int fingerprints_digest(struct fingerprints *, EVP_MD_CTX *);
void fingerprints_clear(struct fingerprints *);

#endif
