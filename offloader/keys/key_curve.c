/*
 * key_curve.c - curves made ready once, for many keys.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/obj_mac.h>

#include "keys/key_curve.h"

static EC_KEY *
copy_of(const EC_GROUP *group)
{
	EC_KEY *key = EC_KEY_new();

	if (key != NULL && EC_KEY_set_group(key, group) == 1)
		return key;
	EC_KEY_free(key);
	return NULL;
}

EC_KEY *
key_curve_new(struct key_curves *c, int curve)
{
	if (c == NULL || curve != NID_X9_62_prime256v1)
		return EC_KEY_new_by_curve_name(curve);
	if (c->p256 == NULL)
		c->p256 = EC_GROUP_new_by_curve_name(curve);
	return c->p256 != NULL ? copy_of(c->p256) : NULL;
}

void
key_curves_clear(struct key_curves *c)
{
	EC_GROUP_free(c->p256);
	*c = (struct key_curves){ 0 };
}
