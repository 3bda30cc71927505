/*
 * key_proof.c - a signature that shows that a key is a certificate's.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "keys/openssl_legacy.h"
#include "keys/key_proof.h"

struct content {
	char blanks[KEY_PROOF_BLANKS];
	char context[sizeof KEY_PROOF_CONTEXT];
	unsigned char hash[KEY_PROOF_HASH];
};

_Static_assert(sizeof(struct content) == KEY_PROOF_BLANKS +
    sizeof KEY_PROOF_CONTEXT + KEY_PROOF_HASH, "no padding");

int
key_proof_challenge(struct key_proof *t)
{
	return RAND_bytes(t->hash, sizeof t->hash) == 1 ? 0 : -1;
}

static void
compose(struct content *c, const struct key_proof *t)
{
	memset(c->blanks, ' ', sizeof c->blanks);
	memcpy(c->context, KEY_PROOF_CONTEXT, sizeof c->context);
	memcpy(c->hash, t->hash, sizeof c->hash);
}

/* ------------------------------------------------- keys of any type ---- */

static const EVP_MD *
digest_for(const EVP_PKEY *key)
{
	/* Some have one of their own, or none. */
	return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC") ?
	    EVP_sha256() : NULL;
}

static bool
pad(EVP_PKEY_CTX *ctx, int padding)
{
	return padding == 0 ||
	    (EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1 &&
	    (padding != RSA_PKCS1_PSS_PADDING ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx,
	    RSA_PSS_SALTLEN_DIGEST) == 1));
}

static bool
sign_padded(struct key_proof *t, const struct content *c, EVP_PKEY *key,
    int padding)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx;
	bool good;

	t->len = sizeof t->signature;
	good = md != NULL && EVP_PKEY_get_size(key) <= (int)t->len &&
	    EVP_DigestSignInit(md, &ctx, digest_for(key), NULL, key) == 1 &&
	    pad(ctx, padding) && EVP_DigestSign(md, t->signature, &t->len,
	    (const unsigned char *)c, sizeof *c) == 1;
	EVP_MD_CTX_free(md);
	return good;
}

static bool
verify_padded(const struct key_proof *t, const struct content *c,
    EVP_PKEY *key, int padding)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx;
	bool good = md != NULL &&
	    EVP_DigestVerifyInit(md, &ctx, digest_for(key), NULL, key) == 1 &&
	    pad(ctx, padding) && EVP_DigestVerify(md, t->signature, t->len,
	    (const unsigned char *)c, sizeof *c) == 1;

	EVP_MD_CTX_free(md);
	return good;
}

/* ------------------------------------------------- both ends ----------- */

/* A token may know only the older way of RSA, as may a small key. */
int
key_proof_sign(struct key_proof *t, EVP_PKEY *key)
{
	EC_KEY *ec = legacy_ec_of(key);
	struct content c;
	bool good;

	compose(&c, t);
	if (ec != NULL)
		good = (t->len = legacy_ec_sign(ec, &c, sizeof c,
		    t->signature, sizeof t->signature)) > 0;
	else if (EVP_PKEY_is_a(key, "RSA"))
		good = sign_padded(t, &c, key, RSA_PKCS1_PSS_PADDING) ||
		    sign_padded(t, &c, key, RSA_PKCS1_PADDING);
	else
		good = sign_padded(t, &c, key, 0);
	if (!good)
		t->len = 0;
	ERR_clear_error();
	return good ? 0 : -1;
}

bool
key_proof_verify(const struct key_proof *t, EVP_PKEY *key)
{
	EC_KEY *ec = legacy_ec_of(key);
	struct content c;
	bool good;

	compose(&c, t);
	if (ec != NULL)
		good = legacy_ec_verify(ec, &c, sizeof c,
		    t->signature, t->len);
	else if (EVP_PKEY_is_a(key, "RSA"))
		good = verify_padded(t, &c, key, RSA_PKCS1_PSS_PADDING) ||
		    verify_padded(t, &c, key, RSA_PKCS1_PADDING);
	else
		good = verify_padded(t, &c, key, 0);
	ERR_clear_error();
	return good;
}
