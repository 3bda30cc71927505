/*
 * cert.h - a certificate that can be shown: chain, key, names, expiry.
 *
 * It is kept as DER, and decoded where it is first shown: of ten thousand most
 * are never asked for. It outlives the configuration that named it (see
 * cert_store.h), so it knows nothing of one.
 */
#ifndef OFFLOADER_CERT_H
#define OFFLOADER_CERT_H

#include <stddef.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "cert/cert_facts.h"
#include "cert/chain.h"
#include "keys/pem.h"

struct cert {
	const char *file;	/* where it came from */
	const char *key_file;	/* and its key; NULL: from there, too */
	const char *const *names;	/* see cert_facts.h */
	size_t n_names;
	char key_alg[16];
	const char *sig_alg;
	enum cert_kind kind;
	uint16_t scheme;
	time_t not_before, not_after;
	unsigned verdicts;	/* a set: see cert_check.h */
	unsigned left_out;	/* of those beside it, see chain.h */
	enum pem_kind key_kind;	/* private, like all that follows */
	const unsigned char *leaf, *key;	/* DER */
	size_t leaf_len, key_len;
	struct chain *chain;
	struct cert_decoded *decoded;
};

/* Where it is said to be. */
struct cert_source {
	const char *file;
	const char *key_file;	/* or URI; NULL: the key is in file, too */
	const char *passphrase_file;	/* NULL: there is none */
};

/*
 * Makes a certificate of what was read: the leaf, its chain, and the key, in
 * any order; chain_order.h says which of them are the chain. The key must be
 * the leaf's. Its block is what is kept of it; if that is NULL the key itself
 * is, because it may be one that never leaves its token. NULL: a sentence, with
 * the name of the file that is to blame. Nothing is borrowed but the chains.
 * The caller calls cert_free().
 */
struct cert *cert_new(struct chains *, const struct pem *,
    const struct cert_source *, EVP_PKEY *, const struct pem_block *,
    struct err *);

void cert_free(struct cert *);

/* Makes it the certificate that one session, or one context, shows. */
int cert_show(const struct cert *, SSL *);
int cert_show_by_default(const struct cert *, SSL_CTX *, struct err *);

#endif
