/*
 * sign_policy.h - what may be signed: the server's part of a TLS handshake.
 *
 * An attacker in a worker may ask for anything. What passes here can be used in
 * a handshake only: it is no certificate, no token and no proof of a client.
 */
#ifndef OFFLOADER_SIGN_POLICY_H
#define OFFLOADER_SIGN_POLICY_H

#include <stdbool.h>

#include <openssl/evp.h>

#include "signing/sign_request.h"

enum key_type {
	KEY_TYPE_NONE,
	KEY_TYPE_RSA,
	KEY_TYPE_RSA_PSS,	/* id-RSASSA-PSS */
	KEY_TYPE_P256,
	KEY_TYPE_P384,
	KEY_TYPE_P521,
	KEY_TYPE_OTHER_CURVE,	/* for TLS 1.2 alone */
	KEY_TYPE_ED25519,
	KEY_TYPE_ED448
};

enum key_type key_type(const EVP_PKEY *);

/* Whether a key of this kind may sign it. The lengths are checked as well. */
bool sign_policy_allows(const struct sign_request *, enum key_type);

#endif
