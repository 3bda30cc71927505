/*
 * key.c - the seam: a private key, wherever it lives.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "keys/openssl_legacy.h"
#include "keys/key.h"

static EVP_PKEY *
decode_ed25519(const unsigned char *der, size_t len)
{
	ASN1_OCTET_STRING *s = d2i_ASN1_OCTET_STRING(NULL, &der, (long)len);
	EVP_PKEY *key = NULL;

	if (s == NULL)
		return NULL;
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	OPENSSL_cleanse((void *)ASN1_STRING_get0_data(s),
	    (size_t)ASN1_STRING_length(s));
	ASN1_OCTET_STRING_free(s);
	return key;
}

static int
curve_of(const X509_ALGOR *a)
{
	const void *value;
	int type;

	X509_ALGOR_get0(NULL, &type, &value, a);
	return type == V_ASN1_OBJECT ? OBJ_obj2nid(value) : NID_undef;
}

/* PKCS#8 is a wrapping: what kind of key, and the key in its own form. */
static EVP_PKEY *
unwrap(const unsigned char *der, size_t len, struct key_curves *curves)
{
	PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der,
	    (long)len);
	const ASN1_OBJECT *kind;
	const X509_ALGOR *a;
	const unsigned char *in;
	EVP_PKEY *key = NULL;
	int n;

	if (p8 == NULL || PKCS8_pkey_get0(&kind, &in, &n, &a, p8) != 1)
		goto out;
	switch (OBJ_obj2nid(kind)) {
	case NID_X9_62_id_ecPublicKey:
		if (curve_of(a) != NID_undef)
			key = legacy_ec_private(curve_of(a), in, (size_t)n,
			    curves);
		break;
	case NID_rsaEncryption:
		key = legacy_rsa_private(in, (size_t)n);
		break;
	case NID_ED25519:
		key = decode_ed25519(in, (size_t)n);
		break;
	}
	/* Something rare. It tries everything, so also what failed above. */
	if (key == NULL)
		key = EVP_PKCS82PKEY(p8);
 out:
	PKCS8_PRIV_KEY_INFO_free(p8);
	return key;
}

EVP_PKEY *
key_decode(enum pem_kind kind, const unsigned char *der, size_t len,
    struct key_curves *curves)
{
	EVP_PKEY *key = NULL;

	switch (kind) {
	case PEM_KEY:
		key = unwrap(der, len, curves);
		break;
	case PEM_EC_KEY:
		key = legacy_ec_private(0, der, len, curves);
		break;
	case PEM_RSA_KEY:
		key = legacy_rsa_private(der, len);
		break;
	case PEM_OTHER_KEY:
		key = d2i_AutoPrivateKey(NULL, &der, (long)len);
		break;
	case PEM_TEXT:
	case PEM_CERT:
	case PEM_TRUSTED_CERT:
	case PEM_LOCKED_KEY:
		break;
	}
	ERR_clear_error();
	return key;
}

EVP_PKEY *
key_open(struct pem_block *b, const char *file, struct passphrase *p,
    struct key_curves *curves, struct err *e)
{
	EVP_PKEY *key = NULL;

	if (b->kind != PEM_LOCKED_KEY || pem_unlock(b, p) == 0)
		key = key_decode(b->kind, b->der, b->len, curves);
	/* A wrong passphrase may also yield bytes that make no sense. */
	if (key == NULL && !passphrase_blame(p, file, e))
		err_set(e, "%s: no usable private key in the file", file);
	return key;
}
