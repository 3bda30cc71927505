/*
 * fingerprints.h - a set of fingerprints, the same in whatever order it was
 * filled.
 */
#ifndef OFFLOADER_FINGERPRINTS_H
#define OFFLOADER_FINGERPRINTS_H

#include <stddef.h>

#include <openssl/evp.h>

#define PRINT_SIZE	32	/* bytes: SHA-256 */

/* Begins as zeroes. */
struct prints {
	unsigned char (*print)[PRINT_SIZE];
	size_t n;
};

/* Adds the fingerprint of these bytes. -1: out of memory. */
int prints_add(struct prints *, const void *bytes, size_t len);

/* Puts the set into a digest; what stands there twice counts once. */
int prints_digest(struct prints *, EVP_MD_CTX *);
void prints_clear(struct prints *);

#endif
