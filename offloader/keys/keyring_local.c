/*
 * keyring_local.c - a ring with its keys in this process.
 *
 * They are kept as DER, in OpenSSL's secure heap if there is one, and decoded
 * where they are first used: of ten thousand most are never asked for.
 */
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/file.h"
#include "base/idmap.h"
#include "keys/key.h"
#include "keys/key_uri.h"
#include "keys/keyring_local.h"

struct entry {
	enum pem_kind kind;
	unsigned char *der;	/* NULL: it never left its token */
	size_t len;
	EVP_PKEY *key;		/* NULL: not decoded yet */
};

struct local {
	struct keyring ring;	/* first: they convert */
	struct idmap idmap;
};

static void
entry_free(struct entry *x)
{
	if (x == NULL)
		return;
	EVP_PKEY_free(x->key);
	OPENSSL_secure_clear_free(x->der, x->len);
	free(x);
}

/* ------------------------------------------------- read ---------------- */

/* Takes over the block or, without a block, the key. */
static int
keep(struct local *l, uint32_t id, struct pem_block *block, EVP_PKEY *key,
    const char *file, struct err *e)
{
	struct entry *x = calloc(1, sizeof *x);

	if (x == NULL || idmap_put(&l->idmap, id, x) != 0) {
		free(x);
		return err_memory(e, file);
	}
	if (block != NULL) {
		*x = (struct entry){ .kind = block->kind, .der = block->der,
		    .len = block->len };
		block->der = NULL;
		block->len = 0;
	} else if (EVP_PKEY_up_ref(key) == 1)
		x->key = key;
	return 0;
}

/* What is to be said of a key that could be opened. */
static int
prove(struct key_reading *r, EVP_PKEY *key, const char *file, struct err *e)
{
	public_key_of(&r->public, key);
	return key_proof_sign(&r->proof, key) == 0 ? 0 :
	    err_set(e, "%s: the private key cannot sign", file);
}

static int
open_key(struct local *l, uint32_t id, struct pem_block *block,
    const struct key_source *from, struct key_reading *r, struct err *e)
{
	const char *file = key_source_name(from);
	struct passphrase word = { .file = from->passphrase_file,
	    .insecure = from->insecure };
	EVP_PKEY *key = block != NULL ?
	    key_open(block, file, &word, &l->ring.curves, e) :
	    key_uri_open(from->key_file, &word, e);
	int result = key != NULL && prove(r, key, file, e) == 0 ?
	    keep(l, id, block, key, file, e) : -1;

	EVP_PKEY_free(key);
	return result;
}

/* Reads the key that belongs to certificates read before. */
static int
read_key(struct local *l, uint32_t id, const struct key_source *from,
    struct key_reading *r, struct err *e)
{
	bool apart = from->key_file != NULL;
	struct pem k = { 0 };
	int result = -1;

	if (apart && key_uri_is(from->key_file))
		return open_key(l, id, NULL, from, r, e);
	if (apart && pem_read_key(&k, from->key_file, e) != 0)
		return -1;
	r->key_stamp = k.stamp;
	r->insecure = apart ? k.insecure : r->pem.insecure;
	if (r->insecure && !from->insecure)
		file_not_private(key_source_name(from), e);
	else
		result = open_key(l, id, apart ? &k.key : &r->pem.key, from, r,
		    e);
	pem_clear(&k);
	return result;
}

static int
local_read(struct keyring *ring, uint32_t id, const struct key_source *from,
    struct key_reading *r, struct err *e)
{
	struct local *l = (struct local *)ring;
	int result = pem_read(&r->pem, from->file, KEYRING_CHAIN, e);

	if (result == 0) {
		result = read_key(l, id, from, r, e);
		pem_clear_key(&r->pem);
	}
	if (result == 0)
		return 0;
	key_reading_clear(r);
	r->skip_reason = pem_skip_reason(from->file);
	return -1;
}

/* ------------------------------------------------- used ---------------- */

static EVP_PKEY *
decode_key(const struct entry *x)
{
	return key_decode(x->kind, x->der, x->len, NULL);
}

EVP_PKEY *
keyring_local_find(void *ring, uint32_t id)
{
	struct local *l = ring;
	struct entry *x = idmap_get(&l->idmap, id);

	if (x != NULL && x->key == NULL)
		x->key = decode_key(x);
	return x != NULL ? x->key : NULL;
}

/* The caller keeps it: storing it here would change this shared page. */
static EVP_PKEY *
local_key(struct keyring *ring, uint32_t id, EVP_PKEY *public)
{
	const struct local *l = (const struct local *)ring;
	const struct entry *x = idmap_get(&l->idmap, id);

	(void)public;
	if (x == NULL)
		return NULL;
	if (x->key == NULL)
		return decode_key(x);
	return EVP_PKEY_up_ref(x->key) == 1 ? x->key : NULL;
}

static void
local_drop(struct keyring *ring, uint32_t id)
{
	entry_free(idmap_take(&((struct local *)ring)->idmap, id));
}

static void
local_free(struct keyring *ring)
{
	struct local *l = (struct local *)ring;
	struct entry *x;
	size_t at = 0;
	uint32_t id;

	while ((x = idmap_next(&l->idmap, &at, &id)) != NULL)
		entry_free(x);
	idmap_clear(&l->idmap);
	free(l);
}

struct keyring *
keyring_local_new(void)
{
	static const struct keyring_ops ops = { local_read, local_key,
	    local_drop, local_free };
	struct local *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->ring.ops = &ops;
	return &l->ring;
}
