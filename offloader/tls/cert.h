/*
 * cert.h - a certificate ready to be shown: chain, key, names, expiry.
 */
#ifndef OFFLOADER_CERT_H
#define OFFLOADER_CERT_H

#include <stddef.h>

#include <openssl/ssl.h>

#include "base/err.h"

/* In order of preference, where several have the same name. */
enum cert_kind { CERT_ECDSA, CERT_ED25519, CERT_RSA, CERT_OTHER };

#define CERT_KINDS	(CERT_OTHER + 1)

struct cert {
	char *file;		/* where it came from, for people */
	X509 *leaf;
	STACK_OF(X509) *chain;	/* without the leaf */
	EVP_PKEY *key;
	char **names;		/* SANs; the CN only where there is no SAN */
	size_t n_names;
	char key_alg[16];	/* "EC256", "RSA2048": as HAProxy says it */
	const char *sig_alg;	/* "RSA-SHA256": how its issuer signed it */
	enum cert_kind kind;
	unsigned scheme;	/* the one its key makes in TLS 1.3; 0: many */
	const void *conf;	/* borrowed: who asked for it (see site.c) */
};

/*
 * Reads a PEM file: the leaf, its chain, and the key unless key_file names
 * another file for it, in any order. The key must be the leaf's. NULL: a
 * sentence. The caller calls cert_free().
 */
struct cert *cert_load(const char *pem_file, const char *key_file,
    struct err *);
void cert_free(struct cert *);

/* Makes it the certificate that one session, or one context, shows. */
int cert_show(const struct cert *, SSL *);
int cert_show_by_default(const struct cert *, SSL_CTX *, struct err *);

#endif
