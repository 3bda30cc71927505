/*
 * pkcs11.c - private keys in tokens (PKCS#11).
 */
#include <string.h>

#include "keys/key_uri.h"
#include "keyguard/pkcs11.h"

static bool
any_of(const struct certs_conf *certs)
{
	for (size_t i = 0; i < certs->n; i++) {
		const char *key = certs->cert[i].private_key;

		if (key != NULL && key_uri_is(key) && !key_uri_is_file(key))
			return true;
	}
	return false;
}

bool
pkcs11_wanted(const struct conf *c)
{
	if (any_of(&c->certs))
		return true;
	for (size_t i = 0; i < c->n_fronts; i++)
		if (any_of(&c->fronts[i].certs))
			return true;
	return false;
}
