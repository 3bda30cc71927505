/*
 * openssl_legacy.c - the calls that OpenSSL 3 deprecates, all in one room.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "keys/openssl_legacy.h"

/* ------------------------------------------------- keys ---------------- */

/*
 * A function for one type decodes a key in 14 us. What OpenSSL 3 has in its
 * place tries one decoder after the other and takes 430 us. Signing is as
 * fast afterwards.
 */

static EVP_PKEY *
wrap_key(int type, void *typed)
{
	EVP_PKEY *key = typed != NULL ? EVP_PKEY_new() : NULL;

	if (key != NULL && EVP_PKEY_assign(key, type, typed) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* Takes over the key. */
static EVP_PKEY *
wrap_ec(EC_KEY *ec)
{
	EVP_PKEY *key = wrap_key(EVP_PKEY_EC, ec);

	if (key == NULL)
		EC_KEY_free(ec);
	return key;
}

/* Takes over the key. */
static EVP_PKEY *
wrap_rsa(RSA *rsa)
{
	EVP_PKEY *key = wrap_key(EVP_PKEY_RSA, rsa);

	if (key == NULL)
		RSA_free(rsa);
	return key;
}

static EC_KEY *
copy_curve(const EC_GROUP *group)
{
	EC_KEY *key = EC_KEY_new();

	if (key != NULL && EC_KEY_set_group(key, group) == 1)
		return key;
	EC_KEY_free(key);
	return NULL;
}

/*
 * An EC key that has only its curve. OpenSSL sets up a curve in 12 us, which
 * is longer than decoding the key; copying it takes 1 us.
 */
static EC_KEY *
new_ec(int curve, struct key_curves *c)
{
	if (c == NULL || curve != NID_X9_62_prime256v1)
		return EC_KEY_new_by_curve_name(curve);
	if (c->p256 == NULL)
		c->p256 = EC_GROUP_new_by_curve_name(curve);
	return c->p256 != NULL ? copy_curve(c->p256) : NULL;
}

void
key_curves_clear(struct key_curves *c)
{
	EC_GROUP_free(c->p256);
	*c = (struct key_curves){ 0 };
}

EVP_PKEY *
legacy_ec_private(int curve, const unsigned char *der, size_t len,
    struct key_curves *curves)
{
	EC_KEY *ec = curve != 0 ? new_ec(curve, curves) : NULL;

	if (curve != 0 && ec == NULL)
		return NULL;
	if (d2i_ECPrivateKey(&ec, &der, (long)len) == NULL) {
		EC_KEY_free(ec);
		return NULL;
	}
	return wrap_ec(ec);
}

EVP_PKEY *
legacy_ec_public(int curve, const unsigned char *point, size_t len,
    struct key_curves *curves)
{
	EC_KEY *ec = new_ec(curve, curves);

	if (ec == NULL || o2i_ECPublicKey(&ec, &point, (long)len) == NULL) {
		EC_KEY_free(ec);
		return NULL;
	}
	return wrap_ec(ec);
}

EVP_PKEY *
legacy_rsa_private(const unsigned char *der, size_t len)
{
	return wrap_rsa(d2i_RSAPrivateKey(NULL, &der, (long)len));
}

EVP_PKEY *
legacy_rsa_public(const unsigned char *der, size_t len)
{
	return wrap_rsa(d2i_RSAPublicKey(NULL, &der, (long)len));
}

/* ------------------------------------------------- ECDSA --------------- */

/*
 * Each EC key signs and verifies once at start: 20 us and 65 us. The functions
 * for any type of key take 70 us more.
 */

EC_KEY *
legacy_ec_of(const EVP_PKEY *key)
{
	return EVP_PKEY_get0_provider(key) == NULL &&
	    EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ?
	    (EC_KEY *)EVP_PKEY_get0_EC_KEY(key) : NULL;
}

size_t
legacy_ec_sign(EC_KEY *ec, const void *content, size_t len,
    unsigned char *signature, size_t room)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	unsigned int n = 0;

	if (ECDSA_size(ec) > (int)room)
		return 0;
	SHA256(content, len, digest);
	return ECDSA_sign(0, digest, sizeof digest, signature, &n, ec) == 1 ?
	    n : 0;
}

bool
legacy_ec_verify(EC_KEY *ec, const void *content, size_t len,
    const unsigned char *signature, size_t signature_len)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(content, len, digest);
	return ECDSA_verify(0, digest, sizeof digest, signature,
	    (int)signature_len, ec) == 1;
}

/* ------------------------------------------------- the engine ---------- */

/* Debian 12 has no other way to a PKCS#11 token. */
EVP_PKEY *
legacy_engine_key(const char *uri, UI_METHOD *ui, void *passphrase)
{
	EVP_PKEY *key = NULL;
	ENGINE *engine;

	ENGINE_load_builtin_engines();
	if ((engine = ENGINE_by_id("pkcs11")) == NULL)
		return NULL;
	if (ENGINE_init(engine) == 1) {
		key = ENGINE_load_private_key(engine, uri, ui, passphrase);
		ENGINE_finish(engine);
	}
	ENGINE_free(engine);
	return key;
}

/* ------------------------------------------------- session tickets ----- */

/*
 * An EVP_MAC is given its digest by name, and libssl looks up the MAC by name
 * as well, for each ticket: twice the time, 1 to 2 % of a resumed TLS 1.2
 * connection.
 */

void
legacy_set_on_ticket(SSL_CTX *ctx, legacy_on_ticket *on_ticket)
{
	SSL_CTX_set_tlsext_ticket_key_cb(ctx, on_ticket);
}

int
legacy_hmac_init(HMAC_CTX *hmac, const void *key, size_t len,
    const EVP_MD *digest)
{
	return HMAC_Init_ex(hmac, key, (int)len, digest, NULL);
}
