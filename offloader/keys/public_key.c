/*
 * public_key.c - the public half of a key, in the bytes of a certificate.
 */

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "keys/public_key.h"

static int
curve_of(const EVP_PKEY *key)
{
	char name[80];

	return EVP_PKEY_get_group_name(key, name, sizeof name, NULL) == 1 ?
	    OBJ_txt2nid(name) : NID_undef;
}

/* -1: more than there is room for, or nothing. */
static int
take_encoded(struct public_key *h, const EVP_PKEY *key)
{
	unsigned char *bytes = NULL;
	int len = i2d_PublicKey(key, &bytes), r = -1;

	if (len > 0 && (size_t)len <= sizeof h->bytes) {
		memcpy(h->bytes, bytes, (size_t)len);
		h->len = (size_t)len;
		r = 0;
	}
	OPENSSL_free(bytes);
	return r;
}

static int
take_raw(struct public_key *h, const EVP_PKEY *key)
{
	h->len = sizeof h->bytes;
	return EVP_PKEY_get_raw_public_key(key, h->bytes, &h->len) == 1 ?
	    0 : -1;
}

void
public_key_of(struct public_key *h, const EVP_PKEY *key)
{
	int r = -1;

	h->kind = PUBLIC_OTHER;
	h->curve = 0;
	if (EVP_PKEY_is_a(key, "EC")) {
		h->kind = PUBLIC_EC;
		h->curve = curve_of(key);
		r = h->curve != NID_undef ? take_encoded(h, key) : -1;
	} else if (EVP_PKEY_is_a(key, "RSA")) {
		h->kind = PUBLIC_RSA;
		r = take_encoded(h, key);
	} else if (EVP_PKEY_is_a(key, "ED25519")) {
		h->kind = PUBLIC_ED25519;
		r = take_raw(h, key);
	} else if (EVP_PKEY_is_a(key, "ED448")) {
		h->kind = PUBLIC_ED448;
		r = take_raw(h, key);
	}
	ERR_clear_error();
	if (r == 0)
		return;
	h->kind = PUBLIC_OTHER;
	h->curve = 0;
	h->len = 0;
}

EVP_PKEY *
public_key_public(enum public_key_kind kind, int curve,
    const unsigned char *bytes, size_t len, struct key_curves *curves)
{
	EVP_PKEY *key = NULL;

	switch (kind) {
	case PUBLIC_EC:
		key = legacy_ec_public(curve, bytes, len, curves);
		break;
	case PUBLIC_RSA:
		key = legacy_rsa_public(bytes, len);
		break;
	case PUBLIC_ED25519:
		key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    bytes, len);
		break;
	case PUBLIC_ED448:
		key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED448, NULL,
		    bytes, len);
		break;
	case PUBLIC_OTHER:
		break;
	}
	ERR_clear_error();
	return key;
}
