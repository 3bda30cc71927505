/*
 * cert.c - a certificate that can be shown: chain, key, names, expiry.
 *
 * All of one but its chain stands in one piece of memory: struct cert, what is
 * decoded of it, its names, and its bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "cert/cert_check.h"
#include "cert/cert_fit.h"
#include "keys/key.h"
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
	size_t size;		/* of all of it, for it is wiped at the end */
	const char *name[];
};

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
    const struct pem_block *key, const struct cert_source *from)
{
	size_t file_len = strlen(from->file) + 1;
	size_t key_file_len = from->key_file != NULL ?
	    strlen(from->key_file) + 1 : 0;
	size_t size = sizeof(struct whole) + f->dns.n * sizeof(char *) +
	    f->dns.size + file_len + key_file_len + f->len + key->len;
	struct whole *w = calloc(1, size);
	const char *name;
	char *to;

	if (w == NULL)
		return NULL;
	to = (char *)&w->name[f->dns.n];
	name = append(&to, f->dns.text, f->dns.size);
	for (size_t i = 0; i < f->dns.n; i++, name += strlen(name) + 1)
		w->name[i] = name;
	w->size = size;
	w->cert = (struct cert){ .names = w->name,
	    .n_names = f->dns.n, .decoded = &w->decoded, .kind = f->kind,
	    .scheme = f->scheme, .sig_alg = f->sig_alg,
	    .not_before = f->not_before, .not_after = f->not_after,
	    .file = append(&to, from->file, file_len),
	    .leaf = append(&to, leaf, f->len), .leaf_len = f->len,
	    .key = append(&to, key->der, key->len), .key_len = key->len,
	    .key_kind = key->kind };
	if (from->key_file != NULL)
		w->cert.key_file = append(&to, from->key_file, key_file_len);
	memcpy(w->cert.key_alg, f->key_alg, sizeof f->key_alg);
	return &w->cert;
}

/* The leaf is the certificate that the key belongs to, wherever it stands. */
static int
find_leaf(const struct pem *p, const EVP_PKEY *key, struct cert_facts *f,
    size_t *leaf, const struct cert_source *from, struct err *e)
{
	for (*leaf = 0; *leaf < p->n; (*leaf)++) {
		const struct pem_block *b = &p->cert[*leaf];

		if (cert_facts_read(f, b->der, b->len) != 0)
			return err_set(e, "%s: certificate %zu is damaged",
			    from->file, *leaf + 1);
		if (cert_fits(key, f, b->der))
			return 0;
		cert_facts_clear(f);
	}
	return err_set(e, "%s: the private key belongs to another certificate",
	    from->key_file != NULL ? from->key_file : from->file);
}

struct cert *
cert_new(struct chains *chains, const struct pem *p,
    const struct cert_source *from, EVP_PKEY *key,
    const struct pem_block *block, struct err *e)
{
	static const struct pem_block none = { .kind = PEM_TEXT };
	struct cert *c = NULL;
	struct chain *chain;
	struct cert_facts f;
	struct chain_fit fit;
	size_t leaf;

	if (find_leaf(p, key, &f, &leaf, from, e) != 0)
		return NULL;
	chain = chain_for(chains, p, leaf, &f, from->file, &fit, e);
	if (chain != NULL && (c = pack(&f, p->cert[leaf].der,
	    block != NULL ? block : &none, from)) == NULL)
		err_set_kind(e, ERR_OS, "%s: out of memory", from->file);
	if (c != NULL) {
		c->chain = chain;
		c->verdicts = cert_check(&f, &fit);
		c->left_out = (unsigned)fit.left_out;
	} else
		chain_release(chain);
	cert_facts_clear(&f);
	if (c != NULL && block == NULL) {
		EVP_PKEY_up_ref(key);
		c->decoded->key = key;
	}
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
	OPENSSL_cleanse(w, w->size);
	free(w);
}

/* ------------------------------------------------- shown --------------- */

static int
decode(const struct cert *c)
{
	struct cert_decoded *d = c->decoded;
	const unsigned char *p = c->leaf;

	if (d->leaf == NULL)
		d->leaf = d2i_X509(NULL, &p, (long)c->leaf_len);
	if (d->key == NULL)
		d->key = key_decode(c->key_kind, c->key, c->key_len);
	return d->leaf != NULL && d->key != NULL ? 0 : -1;
}

int
cert_show(const struct cert *c, SSL *ssl)
{
	if (decode(c) != 0)
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

	if (decode(c) == 0 && SSL_CTX_use_cert_and_key(ctx, c->decoded->leaf,
	    c->decoded->key, chain_certs(c->chain), 1) == 1)
		return 0;
	why = ERR_reason_error_string(ERR_peek_last_error());
	err_set(e, "%s: OpenSSL refuses it: %s", c->file,
	    why != NULL ? why : "out of memory");
	ERR_clear_error();
	return -1;
}
