/*
 * remote_key.h - a key that is elsewhere, and how OpenSSL signs with it. For
 * provider.c only.
 */
#ifndef OFFLOADER_REMOTE_KEY_H
#define OFFLOADER_REMOTE_KEY_H

#include <openssl/core_dispatch.h>
#include <openssl/evp.h>

#include "signing/sign_policy.h"

/* A name of ours: under OpenSSL's, its own signatures would be tried first. */
#define KEY_SIGNATURE_NAME	"OFFLOADER-SIGNATURE"

struct remote_key {
	EVP_PKEY *part;		/* public; NULL: only compared with others */
	uint32_t number;
	enum key_type use;
	unsigned char *bytes;	/* of the public numbers, for comparisons */
	size_t len;
};

extern const OSSL_DISPATCH remote_key_signature[];

#endif
