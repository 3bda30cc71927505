/*
 * key_wrap.c - a key of one type as OpenSSL's of any type.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "keys/key_wrap.h"

static EVP_PKEY *
wrap(int type, void *typed)
{
	EVP_PKEY *key = typed != NULL ? EVP_PKEY_new() : NULL;

	if (key != NULL && EVP_PKEY_assign(key, type, typed) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *
key_wrap_ec(EC_KEY *ec)
{
	EVP_PKEY *key = wrap(EVP_PKEY_EC, ec);

	if (key == NULL)
		EC_KEY_free(ec);
	return key;
}

EVP_PKEY *
key_wrap_rsa(RSA *rsa)
{
	EVP_PKEY *key = wrap(EVP_PKEY_RSA, rsa);

	if (key == NULL)
		RSA_free(rsa);
	return key;
}
