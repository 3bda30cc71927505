/*
 * sign_request.h - the request for one signature, and the reply to it.
 *
 * A worker has no key: it asks its signer for each signature, and sends what is
 * to be signed, not its hash, so that the signer can see what it is. Both are
 * messages of one size, over a pair of SOCK_SEQPACKET, between two processes
 * of the same program. Replies come in the order of the requests.
 */
#ifndef OFFLOADER_SIGN_REQUEST_H
#define OFFLOADER_SIGN_REQUEST_H

#include <stdint.h>

/* The largest is that of TLS 1.2 with a point of P-521: 201 bytes. */
#define KEY_CONTENT	256
#define KEY_SIGNATURE	1024	/* RSA of 8192 bits */

enum key_algorithm {
	KEY_RSA_PSS = 1,	/* salt as long as the hash, MGF1 with it */
	KEY_RSA_PKCS1,
	KEY_ECDSA,
	KEY_EDDSA		/* Ed25519, Ed448: without a hash */
};

enum key_hash {
	KEY_NO_HASH,
	KEY_SHA224,
	KEY_SHA256,
	KEY_SHA384,
	KEY_SHA512
};

struct sign_request {
	uint32_t number;	/* its reply has the same */
	uint32_t key;		/* the key's, chosen by the master */
	uint8_t algorithm;	/* enum key_algorithm */
	uint8_t hash;		/* enum key_hash */
	uint16_t len;
	uint8_t content[KEY_CONTENT];
};

enum key_result {
	KEY_SIGNED,
	KEY_FAILED		/* the key would not, or is gone */
};

struct sign_reply {
	uint32_t number;
	uint16_t result;	/* enum key_result */
	uint16_t len;
	uint8_t signature[KEY_SIGNATURE];
};

#endif
