/*
 * sign_policy.h - what may be signed: the server's part of a TLS handshake.
 *
 * Whoever holds a worker may ask for anything. What passes here is of use in a
 * handshake and nowhere else: no certificate, no token, no client's proof.
 */
#ifndef OFFLOADER_SIGN_POLICY_H
#define OFFLOADER_SIGN_POLICY_H

#include <stdbool.h>

#include <openssl/evp.h>

#include "signing/sign_request.h"

enum key_use {
	KEY_USE_NONE,
	KEY_USE_RSA,
	KEY_USE_RSA_PSS,	/* id-RSASSA-PSS */
	KEY_USE_P256,
	KEY_USE_P384,
	KEY_USE_P521,
	KEY_USE_OTHER_CURVE,	/* for TLS 1.2 alone */
	KEY_USE_ED25519,
	KEY_USE_ED448
};

enum key_use key_use(const EVP_PKEY *);

/* Whether a key of this kind may sign it. The lengths are checked as well. */
bool key_check(const struct key_ask *, enum key_use);

#endif
