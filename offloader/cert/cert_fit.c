/*
 * cert_fit.c - whether a private key is a certificate's.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "cert/cert_fit.h"

static bool
same_curve(const EVP_PKEY *key, int curve)
{
	char name[80];

	return EVP_PKEY_get_group_name(key, name, sizeof name, NULL) == 1 &&
	    OBJ_txt2nid(name) == curve;
}

/* Whether its public part is these very bytes. */
static bool
same_bytes(const EVP_PKEY *key, const struct cert_part *part)
{
	unsigned char *bytes = NULL;
	int len = i2d_PublicKey(key, &bytes);
	bool same = len > 0 && (size_t)len == part->len &&
	    memcmp(bytes, part->bytes, part->len) == 0;

	OPENSSL_free(bytes);
	return same;
}

static bool
same_raw(const EVP_PKEY *key, const struct cert_part *part)
{
	unsigned char bytes[64];
	size_t len = sizeof bytes;

	return EVP_PKEY_get_raw_public_key(key, bytes, &len) == 1 &&
	    len == part->len && memcmp(bytes, part->bytes, len) == 0;
}

static bool
fits_at_a_glance(const EVP_PKEY *key, const struct cert_facts *f)
{
	switch (f->kind) {
	case CERT_ECDSA:
		return EVP_PKEY_is_a(key, "EC") && same_bytes(key, &f->key) &&
		    same_curve(key, f->curve);
	case CERT_ED25519:
		return EVP_PKEY_is_a(key, "ED25519") && same_raw(key, &f->key);
	case CERT_RSA:
		return EVP_PKEY_is_a(key, "RSA") && same_bytes(key, &f->key);
	case CERT_OTHER:
		break;
	}
	return false;
}

bool
cert_fits(const EVP_PKEY *key, const struct cert_facts *f,
    const unsigned char *der)
{
	bool fits = fits_at_a_glance(key, f);
	X509 *x;

	/* The same point may be written in two ways, for example. */
	if (!fits && (x = d2i_X509(NULL, &der, (long)f->len)) != NULL) {
		fits = EVP_PKEY_eq(X509_get0_pubkey(x), key) == 1;
		X509_free(x);
	}
	ERR_clear_error();
	return fits;
}
