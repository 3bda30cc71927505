/*
 * key_curve.h - curves made ready once, for many keys.
 *
 * To make a curve takes OpenSSL 12 us, more than all the rest of decoding a
 * key on it; a copy takes one.
 */
#ifndef OFFLOADER_KEY_CURVE_H
#define OFFLOADER_KEY_CURVE_H

#include <openssl/ec.h>

/* All zero: none yet. */
struct key_curves {
	EC_GROUP *p256;		/* of which there may be ten thousand keys */
};

/*
 * A key with nothing but its curve. NULL: there is no such curve. The caller
 * calls EC_KEY_free(). Without curves (NULL) it takes a little longer.
 */
EC_KEY *key_curve_new(struct key_curves *, int curve);

void key_curves_clear(struct key_curves *);

#endif
