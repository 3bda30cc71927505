/*
 * trust.h - authorities over clients' certificates, and what they revoked.
 */
#ifndef OFFLOADER_TRUST_H
#define OFFLOADER_TRUST_H

#include <openssl/x509.h>

#include "auth/fingerprints.h"
#include "base/err.h"

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

#endif
