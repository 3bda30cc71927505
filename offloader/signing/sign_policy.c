/*
 * sign_policy.c - what may be signed: the server's part of a TLS handshake.
 */
#include <string.h>

#include <openssl/objects.h>

#include "keys/key_proof.h"
#include "signing/sign_policy.h"

#define RANDOMS		64	/* the client's, then the server's */
#define NAMED_CURVE	3

/* Which handshakes a content can be of. */
enum content { OF_NONE, OF_TLS12, OF_TLS13 };

/* RFC 8446 4.4.3; what follows is the hash of all messages so far. */
static bool
is_certificate_verify(const uint8_t *p, size_t len)
{
	const size_t head = KEY_PROOF_BLANKS + sizeof KEY_PROOF_CONTEXT;

	if (len != head + 32 && len != head + 48)
		return false;
	for (size_t i = 0; i < KEY_PROOF_BLANKS; i++)
		if (p[i] != ' ')
			return false;
	return memcmp(p + KEY_PROOF_BLANKS, KEY_PROOF_CONTEXT,
	    sizeof KEY_PROOF_CONTEXT) == 0;
}

/*
 * The client's and the server's random, and the ephemeral key of a named curve
 * (RFC 5246 7.4.3, RFC 8422 5.4). A point of P-* is not compressed.
 */
static bool
is_server_key_exchange(const uint8_t *p, size_t len)
{
	static const struct {
		uint16_t code;
		uint8_t len;
		bool point;
	} curves[] = {
		{ 23, 65, true },	/* P-256 */
		{ 24, 97, true },
		{ 25, 133, true },
		{ 29, 32, false },	/* X25519 */
		{ 30, 56, false }
	};
	const uint8_t *key = p + RANDOMS + 4;

	if (len <= RANDOMS + 4 || p[RANDOMS] != NAMED_CURVE)
		return false;
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
		if ((p[RANDOMS + 1] << 8 | p[RANDOMS + 2]) == curves[i].code)
			return p[RANDOMS + 3] == curves[i].len &&
			    len == RANDOMS + 4u + curves[i].len &&
			    (!curves[i].point || *key == 4);
	return false;
}

static enum content
content_of(const struct sign_request *a)
{
	if (a->len > sizeof a->content)
		return OF_NONE;
	if (is_certificate_verify(a->content, a->len))
		return OF_TLS13;
	if (is_server_key_exchange(a->content, a->len))
		return OF_TLS12;
	return OF_NONE;
}

/* SHA-224 came with TLS 1.2, and did not outlive it. */
static bool
is_hash(unsigned hash, enum content c)
{
	return hash == KEY_SHA256 || hash == KEY_SHA384 ||
	    hash == KEY_SHA512 || (hash == KEY_SHA224 && c == OF_TLS12);
}

static bool
rsa_may(const struct sign_request *a, enum content c)
{
	if (a->algorithm == KEY_RSA_PSS)
		return a->hash != KEY_SHA224 && is_hash(a->hash, c);
	return a->algorithm == KEY_RSA_PKCS1 && c == OF_TLS12 &&
	    is_hash(a->hash, c);
}

/* In TLS 1.3 the curve says which hash, in 1.2 any will do. */
static bool
ecdsa_may(const struct sign_request *a, enum content c, unsigned hash)
{
	return a->algorithm == KEY_ECDSA && is_hash(a->hash, c) &&
	    (c == OF_TLS12 || a->hash == hash);
}

bool
sign_policy_allows(const struct sign_request *a, enum key_type use)
{
	enum content c = content_of(a);

	if (c == OF_NONE)
		return false;
	switch (use) {
	case KEY_TYPE_NONE:	break;
	case KEY_TYPE_RSA:		return rsa_may(a, c);
	case KEY_TYPE_RSA_PSS:	return a->algorithm == KEY_RSA_PSS &&
				    rsa_may(a, c);
	case KEY_TYPE_P256:		return ecdsa_may(a, c, KEY_SHA256);
	case KEY_TYPE_P384:		return ecdsa_may(a, c, KEY_SHA384);
	case KEY_TYPE_P521:		return ecdsa_may(a, c, KEY_SHA512);
	case KEY_TYPE_OTHER_CURVE:	return c == OF_TLS12 &&
				    ecdsa_may(a, c, KEY_NO_HASH);
	case KEY_TYPE_ED25519:
	case KEY_TYPE_ED448:		return a->algorithm == KEY_EDDSA &&
				    a->hash == KEY_NO_HASH;
	}
	return false;
}

static enum key_type
kind_of_curve(const EVP_PKEY *key)
{
	char name[64];

	if (EVP_PKEY_get_group_name(key, name, sizeof name, NULL) != 1)
		return KEY_TYPE_NONE;
	switch (OBJ_txt2nid(name)) {
	case NID_X9_62_prime256v1:	return KEY_TYPE_P256;
	case NID_secp384r1:		return KEY_TYPE_P384;
	case NID_secp521r1:		return KEY_TYPE_P521;
	default:			return KEY_TYPE_OTHER_CURVE;
	}
}

enum key_type
key_type(const EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "EC"))
		return kind_of_curve(key);
	if (EVP_PKEY_is_a(key, "RSA"))
		return KEY_TYPE_RSA;
	if (EVP_PKEY_is_a(key, "RSA-PSS"))
		return KEY_TYPE_RSA_PSS;
	if (EVP_PKEY_is_a(key, "ED25519"))
		return KEY_TYPE_ED25519;
	return EVP_PKEY_is_a(key, "ED448") ? KEY_TYPE_ED448 : KEY_TYPE_NONE;
}
