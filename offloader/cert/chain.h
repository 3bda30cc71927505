/*
 * chain.h - what stands between a certificate and its root, kept once.
 *
 * Ten thousand certificates of one CA come with the same intermediates. They
 * are decoded at once: a damaged one is found at load, and they are few.
 */
#ifndef OFFLOADER_CHAIN_H
#define OFFLOADER_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "cert/cert_facts.h"
#include "keys/pem.h"

struct chain;
struct chains;			/* all that are in use */

/* NULL: out of memory. It must outlive its chains. */
struct chains *chains_new(void);
void chains_free(struct chains *);

/*
 * The chain of these certificates, in this order, but for the one at leaf. The
 * same bytes give the same chain. NULL: an error message. The caller calls
 * chain_release().
 */
struct chain *chain_of(struct chains *, const struct pem *, size_t leaf,
    const char *file, struct err *);
void chain_release(struct chain *);

/* How the certificates of a file went with its leaf. */
struct chain_fit {
	bool has_issuer;	/* the leaf's, with the key that it names */
	bool moved;		/* they were out of order, and are no more */
	size_t n;		/* that are in the chain */
	size_t left_out;	/* that are not: foreign, or there twice */
};

/* The same for what is to be sent with a leaf: see chain_order.h. */
struct chain *chain_for(struct chains *, const struct pem *, size_t leaf,
    const struct cert_facts *, const char *file, struct chain_fit *,
    struct err *);

/* In the form that OpenSSL takes. NULL: none. */
STACK_OF(X509) *chain_certs(const struct chain *);

#endif
