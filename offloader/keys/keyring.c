/*
 * keyring.c - private keys by number, wherever they live.
 */
#include <string.h>

#include "keys/keyring.h"

int
keyring_read(struct keyring *ring, uint32_t id, const struct key_source *from,
    struct key_reading *r, struct err *e)
{
	*r = (struct key_reading){ .skip_reason = PEM_NOT_SKIPPED };
	if (key_proof_challenge(&r->proof) != 0)
		return err_set_kind(e, ERR_OS, "%s: cannot get random bytes",
		    from->file);
	return ring->ops->read(ring, id, from, r, e);
}

int
keyring_read_for(struct keyring *ring, uint32_t id,
    const struct key_source *from, const unsigned char hash[KEY_PROOF_HASH],
    struct key_reading *r, struct err *e)
{
	*r = (struct key_reading){ .skip_reason = PEM_NOT_SKIPPED };
	memcpy(r->proof.hash, hash, sizeof r->proof.hash);
	return ring->ops->read(ring, id, from, r, e);
}

void
key_reading_clear(struct key_reading *r)
{
	pem_clear(&r->pem);
}

EVP_PKEY *
keyring_key(struct keyring *ring, uint32_t id, EVP_PKEY *public)
{
	return ring->ops->key(ring, id, public);
}

void
keyring_drop(struct keyring *ring, uint32_t id)
{
	ring->ops->drop(ring, id);
}

void
keyring_free(struct keyring *ring)
{
	if (ring == NULL)
		return;
	key_curves_clear(&ring->curves);
	ring->ops->free(ring);
}

const char *
key_source_name(const struct key_source *from)
{
	return from->key_file != NULL ? from->key_file : from->file;
}
