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
#include "keys/keyring.h"

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
	unsigned findings;	/* a set: see cert_check.h */
	unsigned left_out;	/* of those beside it, see chain.h */
	struct keyring *ring;	/* borrowed; private, like all that follows */
	uint32_t key_id;	/* on that ring */
	const unsigned char *leaf;	/* DER */
	size_t leaf_len;
	struct chain *chain;
	struct cert_decoded *decoded;
};

/*
 * Makes a certificate of what a ring has read, in any order: the leaf is the
 * one that the key belongs to, chain_order.h says which are its chain. NULL: a
 * sentence, with the name of the file that is to blame; otherwise the key of
 * that number goes with the certificate. Nothing is borrowed but chains and
 * ring. The caller calls cert_free().
 */
struct cert *cert_new(struct chains *, struct keyring *, uint32_t key_id,
    const struct key_reading *, const struct key_source *, struct err *);

void cert_free(struct cert *);

/* Makes it the certificate that one session, or one context, shows. */
int cert_show(const struct cert *, SSL *);
int cert_show_by_default(const struct cert *, SSL_CTX *, struct err *);

/* At a glance: a point may be written in another way, for example. */
bool cert_looks_like(const struct cert_facts *, const struct public_key *);

/*
 * True if the certificate with this DER verifies a proof that was signed with
 * the key.
 */
bool cert_is_proven(const struct cert_facts *, const unsigned char *der,
    const struct key_proof *, struct key_curves *);

#endif
