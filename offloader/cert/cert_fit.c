/*
 * cert_fit.c - whether a private key is a certificate's.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "cert/cert_fit.h"

static enum public_key_kind
kind_of(const struct cert_facts *f)
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
	return kind_of(f) != PUBLIC_OTHER && kind_of(f) == h->kind &&
	    (h->kind != PUBLIC_EC || f->curve == h->curve) &&
	    f->key.len == h->len && memcmp(f->key.bytes, h->bytes,
	    h->len) == 0;
}

/* The short way for kinds there are many of; NULL: it does not lead there. */
static EVP_PKEY *
public_key(const struct cert_facts *f, const unsigned char *der,
    struct key_curves *curves)
{
	EVP_PKEY *key = public_key_public(kind_of(f), f->curve, f->key.bytes,
	    f->key.len, curves);
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
