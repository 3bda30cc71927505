/*
 * chain.c - what stands between a certificate and its root, kept once.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

/* Out of memory is an answer, not an end of the program. */
#define uthash_nonfatal_oom(chain)	((chain)->lost = true)
#define HASH_NONFATAL_OOM		1
#include <uthash.h>

#include "cert/chain_order.h"
#include "cert/chain.h"

#define DIGEST	32		/* bytes: SHA-256 */

struct chain {
	UT_hash_handle hh;
	struct chains *home;	/* borrowed */
	unsigned refs;
	bool lost;		/* the table had no memory for it */
	bool in_order;		/* with any leaf of the first one's */
	unsigned char digest[DIGEST];
	STACK_OF(X509) *certs;	/* NULL: none */
	struct chain *source;	/* held: this is what was to be sent of it */
	struct chain *reordered; /* borrowed: the one that has this source */
	struct chain_fit fit;	/* how that went */
};

struct chains {
	struct chain *table;
};

struct chains *
chains_new(void)
{
	return calloc(1, sizeof(struct chains));
}

void
chains_free(struct chains *all)
{
	free(all);
}

/* Of all bytes and where each certificate ends. */
static int
digest(const struct pem *p, size_t leaf, unsigned char out[DIGEST])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL &&
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; good && i < p->n; i++)
		if (i != leaf)
			good = EVP_DigestUpdate(ctx, &p->cert[i].len,
			    sizeof p->cert[i].len) == 1 &&
			    EVP_DigestUpdate(ctx, p->cert[i].der,
			    p->cert[i].len) == 1;
	good = good && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return good ? 0 : -1;
}

static int
decode_chain(struct chain *c, const struct pem *p, size_t leaf,
    const char *file, struct err *e)
{
	if (p->n > 1 && (c->certs = sk_X509_new_reserve(NULL,
	    (int)p->n - 1)) == NULL)
		return err_memory(e, file);
	for (size_t i = 0; i < p->n; i++) {
		const unsigned char *der = p->cert[i].der;
		X509 *x;

		if (i == leaf)
			continue;
		if ((x = d2i_X509(NULL, &der, (long)p->cert[i].len)) == NULL)
			return err_set(e, "%s: certificate %zu is damaged",
			    file, i + 1);
		sk_X509_push(c->certs, x);
	}
	return 0;
}

/* All facts about a chain but its leaf, found once. */
static bool
is_in_order(STACK_OF(X509) *certs)
{
	int n = sk_X509_num(certs);
	size_t at[CHAIN_ORDER_MAX];
	bool moved;

	return n > 0 && chain_order_find(sk_X509_value(certs, 0), certs, at,
	    &moved) == (size_t)n - 1 && !moved;
}

static struct chain *
make(const struct pem *p, size_t leaf, const char *file, struct err *e)
{
	struct chain *c = calloc(1, sizeof *c);

	if (c == NULL) {
		err_memory(e, file);
		return NULL;
	}
	c->refs = 1;
	if (decode_chain(c, p, leaf, file, e) == 0) {
		c->in_order = is_in_order(c->certs);
		return c;
	}
	chain_release(c);
	return NULL;
}

struct chain *
chain_of(struct chains *all, const struct pem *p, size_t leaf,
    const char *file, struct err *e)
{
	unsigned char key[DIGEST];
	struct chain *c;

	if (digest(p, leaf, key) != 0) {
		err_memory(e, file);
		return NULL;
	}
	HASH_FIND(hh, all->table, key, DIGEST, c);
	if (c != NULL) {
		c->refs++;
		return c;
	}
	c = make(p, leaf, file, e);
	ERR_clear_error();
	if (c == NULL)
		return NULL;
	memcpy(c->digest, key, DIGEST);
	HASH_ADD(hh, all->table, digest, DIGEST, c);
	/* One that is lost is whole all the same, but will not be found. */
	c->home = c->lost ? NULL : all;
	return c;
}

/* Byte for byte: names that differ in case only take the longer way. */
static bool
follows(const struct chain *c, const struct cert_facts *f)
{
	X509 *first = sk_X509_value(c->certs, 0);
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(first);
	const unsigned char *name;
	size_t len;

	if (X509_NAME_get0_der(X509_get_subject_name(first), &name,
	    &len) != 1 || len != f->issuer.len ||
	    memcmp(name, f->issuer.bytes, len) != 0)
		return false;
	return id == NULL || f->uses.key_id_len == 0 ||
	    (f->uses.key_id_len == (size_t)ASN1_STRING_length(id) &&
	    memcmp(f->uses.key_id, ASN1_STRING_get0_data(id),
	    f->uses.key_id_len) == 0);
}

/* What is to be sent of raw, which is all that the file has but the leaf. */
static struct chain *
mend(struct chains *all, const struct chain *raw, X509 *leaf,
    const struct pem *p, size_t leaf_at, const char *file,
    struct chain_fit *fit, struct err *e)
{
	struct pem_block kept[CHAIN_ORDER_MAX + 1] = { p->cert[leaf_at] };
	struct pem sent = { .cert = kept, .n = 1 };
	size_t at[CHAIN_ORDER_MAX];

	fit->n = chain_order_find(leaf, raw->certs, at, &fit->moved);
	fit->left_out = p->n - 1 - fit->n;
	for (size_t i = 0; i < fit->n; i++) {
		X509 *x = sk_X509_value(raw->certs, (int)at[i]);

		fit->has_issuer |= chain_order_issued(leaf, x);
		kept[sent.n++] = p->cert[at[i] + (at[i] >= leaf_at)];
	}
	return chain_of(all, &sent, 0, file, e);
}

/*
 * If one file is out of order, many are, made by the same script: keeps the
 * result as long as one such chain exists. Links only chains without a source,
 * so that links form no circle. Takes over raw.
 */
static void
keep(struct chain *c, struct chain *raw, const struct chain_fit *fit)
{
	if (c == NULL || c == raw || !fit->has_issuer || raw->reordered !=
	    NULL || c->source != NULL || raw->source != NULL) {
		chain_release(raw);
		return;
	}
	raw->reordered = c;
	raw->fit = *fit;
	c->source = raw;
}

struct chain *
chain_for(struct chains *all, const struct pem *p, size_t leaf_at,
    const struct cert_facts *f, const char *file, struct chain_fit *fit,
    struct err *e)
{
	struct chain *raw = chain_of(all, p, leaf_at, file, e), *c = NULL;
	const unsigned char *der = p->cert[leaf_at].der;
	X509 *leaf;

	*fit = (struct chain_fit){ .n = p->n - 1 };
	if (raw == NULL || p->n == 1)
		return raw;
	if (raw->in_order && follows(raw, f)) {
		fit->has_issuer = true;
		return raw;
	}
	if (raw->reordered != NULL && follows(raw->reordered, f)) {
		*fit = raw->fit;
		c = raw->reordered;
		c->refs++;
	} else if ((leaf = d2i_X509(NULL, &der, (long)f->len)) == NULL)
		err_memory(e, file);
	else {
		c = mend(all, raw, leaf, p, leaf_at, file, fit, e);
		X509_free(leaf);
	}
	ERR_clear_error();
	keep(c, raw, fit);
	return c;
}

void
chain_release(struct chain *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	if (c->source != NULL)
		c->source->reordered = NULL;
	chain_release(c->source);
	if (c->home != NULL)
		HASH_DEL(c->home->table, c);
	sk_X509_pop_free(c->certs, X509_free);
	free(c);
}

STACK_OF(X509) *
chain_certs(const struct chain *c)
{
	return c->certs;
}
