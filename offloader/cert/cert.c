/*
 * cert.c - a certificate that can be shown: chain, key, names, expiry.
 *
 * All of one but its chain and its key stands in one piece of memory: struct
 * cert, what is decoded of it, its names, and its bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "cert/cert_check.h"
#include "cert/cert.h"

/* What OpenSSL shows; made when it is first asked for. */
struct cert_decoded {
	X509 *leaf;
	EVP_PKEY *key;
};

/* All but the bytes, which follow. */
struct whole {
	struct cert cert;
	struct cert_decoded decoded;
	const char *name[];
};

/* ------------------------------------------------- its key ------------ */

static enum public_key_kind
public_kind(const struct cert_facts *f)
{
	switch (f->kind) {
	case CERT_ECDSA:
		return PUBLIC_EC;
	case CERT_ED25519:
		return PUBLIC_ED25519;
	case CERT_RSA:
		return PUBLIC_RSA;
	case CERT_OTHER:
		break;
	}
	return PUBLIC_OTHER;
}

bool
cert_looks_like(const struct cert_facts *f, const struct public_key *h)
{
	return public_kind(f) != PUBLIC_OTHER && public_kind(f) == h->kind &&
	    (h->kind != PUBLIC_EC || f->curve == h->curve) &&
	    f->key.len == h->len && memcmp(f->key.bytes, h->bytes,
	    h->len) == 0;
}

/* The short way for kinds there are many of; NULL: it does not lead there. */
static EVP_PKEY *
public_key(const struct cert_facts *f, const unsigned char *der,
    struct key_curves *curves)
{
	EVP_PKEY *key = public_key_public(public_kind(f), f->curve,
	    f->key.bytes, f->key.len, curves);
	X509 *x;

	if (key != NULL || (x = d2i_X509(NULL, &der, (long)f->len)) == NULL)
		return key;
	key = X509_get_pubkey(x);
	X509_free(x);
	return key;
}

bool
cert_is_proven(const struct cert_facts *f, const unsigned char *der,
    const struct key_proof *t, struct key_curves *curves)
{
	EVP_PKEY *key = public_key(f, der, curves);
	bool proven = key != NULL && key_proof_verify(t, key);

	EVP_PKEY_free(key);
	ERR_clear_error();
	return proven;
}

/* ------------------------------------------------- made ---------------- */

/* Copies to the end of what is there. */
static void *
append(char **to, const void *bytes, size_t len)
{
	void *at = *to;

	if (len > 0)
		memcpy(at, bytes, len);
	*to += len;
	return at;
}

/* Everything that was found, in one piece. NULL: out of memory. */
static struct cert *
pack(const struct cert_facts *f, const unsigned char *leaf,
    const struct key_source *from)
{
	size_t file_len = strlen(from->file) + 1;
	size_t key_file_len = from->key_file != NULL ?
	    strlen(from->key_file) + 1 : 0;
	size_t size = sizeof(struct whole) + f->dns.n * sizeof(char *) +
	    f->dns.size + file_len + key_file_len + f->len;
	struct whole *w = calloc(1, size);
	const char *name;
	char *to;

	if (w == NULL)
		return NULL;
	to = (char *)&w->name[f->dns.n];
	name = append(&to, f->dns.text, f->dns.size);
	for (size_t i = 0; i < f->dns.n; i++, name += strlen(name) + 1)
		w->name[i] = name;
	w->cert = (struct cert){ .names = w->name,
	    .n_names = f->dns.n, .decoded = &w->decoded, .kind = f->kind,
	    .scheme = f->scheme, .sig_alg = f->sig_alg,
	    .not_before = f->not_before, .not_after = f->not_after,
	    .file = append(&to, from->file, file_len),
	    .leaf = append(&to, leaf, f->len), .leaf_len = f->len };
	if (from->key_file != NULL)
		w->cert.key_file = append(&to, from->key_file, key_file_len);
	memcpy(w->cert.key_alg, f->key_alg, sizeof f->key_alg);
	return &w->cert;
}

static bool
is_leaf(const struct cert_facts *f, const struct pem_block *b,
    const struct key_reading *r, bool at_a_glance)
{
	return at_a_glance ? cert_looks_like(f, &r->public) :
	    cert_is_proven(f, b->der, &r->proof, NULL);
}

/* 1: no certificate is the leaf, as far as this check can tell. */
static int
look_for_leaf(const struct key_reading *r, bool at_a_glance,
    struct cert_facts *f, size_t *leaf, const struct key_source *from,
    struct err *e)
{
	for (*leaf = 0; *leaf < r->pem.n; (*leaf)++) {
		const struct pem_block *b = &r->pem.cert[*leaf];

		if (cert_facts_read(f, b->der, b->len) != 0)
			return err_set(e, "%s: certificate %zu is damaged",
			    from->file, *leaf + 1);
		if (is_leaf(f, b, r, at_a_glance))
			return 0;
		cert_facts_clear(f);
	}
	return 1;
}

/* The leaf is the certificate that the key belongs to, wherever it stands. */
static int
find_leaf(const struct key_reading *r, struct keyring *ring,
    struct cert_facts *f, size_t *leaf, const struct key_source *from,
    struct err *e)
{
	int found = look_for_leaf(r, true, f, leaf, from, e);

	if (found == 0 && cert_is_proven(f, r->pem.cert[*leaf].der,
	    &r->proof, &ring->curves))
		return 0;
	if (found == 0) {
		cert_facts_clear(f);
		return err_set(e, "%s: the private key is damaged: its "
		    "signatures do not verify", key_source_name(from));
	}
	if (found == 1)
		found = look_for_leaf(r, false, f, leaf, from, e);
	return found < 1 ? found :
	    err_set(e, "%s: the private key belongs to another certificate",
	    key_source_name(from));
}

struct cert *
cert_new(struct chains *chains, struct keyring *ring, uint32_t key_id,
    const struct key_reading *r, const struct key_source *from, struct err *e)
{
	struct cert *c = NULL;
	struct chain *chain;
	struct cert_facts f;
	struct chain_fit fit;
	size_t leaf;

	if (find_leaf(r, ring, &f, &leaf, from, e) != 0)
		return NULL;
	chain = chain_for(chains, &r->pem, leaf, &f, from->file, &fit, e);
	if (chain != NULL &&
	    (c = pack(&f, r->pem.cert[leaf].der, from)) == NULL)
		err_memory(e, from->file);
	if (c != NULL) {
		c->chain = chain;
		c->findings = cert_check(&f, &fit);
		c->left_out = (unsigned)fit.left_out;
		c->ring = ring;
		c->key_id = key_id;
	} else
		chain_release(chain);
	cert_facts_clear(&f);
	return c;
}

void
cert_free(struct cert *c)
{
	struct whole *w = (struct whole *)c;

	if (c == NULL)
		return;
	X509_free(w->decoded.leaf);
	EVP_PKEY_free(w->decoded.key);
	chain_release(c->chain);
	keyring_drop(c->ring, c->key_id);
	free(w);
}

/* ------------------------------------------------- shown --------------- */

static int
decode_cert(const struct cert *c)
{
	struct cert_decoded *d = c->decoded;
	const unsigned char *p = c->leaf;

	if (d->leaf == NULL)
		d->leaf = d2i_X509(NULL, &p, (long)c->leaf_len);
	if (d->leaf != NULL && d->key == NULL)
		d->key = keyring_key(c->ring, c->key_id,
		    X509_get0_pubkey(d->leaf));
	return d->leaf != NULL && d->key != NULL ? 0 : -1;
}

int
cert_show(const struct cert *c, SSL *ssl)
{
	if (decode_cert(c) != 0)
		return -1;
	/* Or one of another kind, the default, might be shown all the same. */
	SSL_certs_clear(ssl);
	return SSL_use_cert_and_key(ssl, c->decoded->leaf, c->decoded->key,
	    chain_certs(c->chain), 1) == 1 ? 0 : -1;
}

int
cert_show_by_default(const struct cert *c, SSL_CTX *ctx, struct err *e)
{
	const char *why;

	if (decode_cert(c) == 0 && SSL_CTX_use_cert_and_key(ctx,
	    c->decoded->leaf, c->decoded->key, chain_certs(c->chain), 1) == 1)
		return 0;
	why = ERR_reason_error_string(ERR_peek_last_error());
	err_set(e, "%s: OpenSSL refuses the certificate: %s", c->file,
	    why != NULL ? why : "out of memory");
	ERR_clear_error();
	return -1;
}
