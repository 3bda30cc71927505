/*
 * trust.h - authorities over clients' certificates, and what they revoked.
 */
#ifndef OFFLOADER_TRUST_H
#define OFFLOADER_TRUST_H

#include <stddef.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/array.h"
#include "base/err.h"

#define FINGERPRINT_SIZE	32	/* bytes: SHA-256 */

/*
 * A set of fingerprints, the same in whatever order it was filled. Begins as
 * zeroes.
 */
struct fingerprints {
	unsigned char (*print)[FINGERPRINT_SIZE];
	size_t n;
};

/* Adds the fingerprint of these bytes. -1: out of memory. */
int fingerprints_add(struct fingerprints *, const void *bytes, size_t len);

/* Puts the set into a digest; what stands there twice counts once. */
int fingerprints_digest(struct fingerprints *, EVP_MD_CTX *);
void fingerprints_clear(struct fingerprints *);

struct trust {
	X509_STORE *store;
	STACK_OF(X509) *authorities;	/* in the order of the files */
	STACK_OF(X509_CRL) *lists;
	struct fingerprints ca_prints, crl_prints;
};

/*
 * Loads a file, or each file of a directory. Either -1 and a sentence; the
 * caller calls trust_clear(), whatever the result.
 */
int trust_load_authorities(struct trust *, const char *path, struct err *);

/* The same for lists. Authorities come first: they must have signed them. */
int trust_load_lists(struct trust *, const char *path, struct err *);
void trust_clear(struct trust *);

/*
 * The authorities' names, each once, as clients are told them. NULL: out of
 * memory. The caller calls sk_X509_NAME_pop_free(, X509_NAME_free).
 */
STACK_OF(X509_NAME) *trust_names(const struct trust *);

/*
 * Warns of each authority without a list: nobody comes in by it where whole
 * chains are looked up.
 */
void trust_warn(const struct trust *, const char *path);

/*
 * The file itself, or the regular files of the directory by name, without
 * those that begin with a dot or end with "~". -1: an error; so is
 * an empty directory. The caller calls strlist_free() after success.
 */
int path_list(struct strlist *, const char *path, struct err *);

#endif
