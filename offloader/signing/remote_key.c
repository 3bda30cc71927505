/*
 * remote_key.c - how OpenSSL signs with a key that is elsewhere.
 *
 * libssl sets up a hash and a padding, and hands over all that is to be signed
 * at once.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "signing/async_call.h"
#include "signing/remote_key.h"

struct signer_watch {
	const struct remote_key *key;	/* borrowed */
	enum key_algorithm algorithm;
	enum key_hash hash;
};

static void *
signing_new(void *provider, const char *properties)
{
	(void)provider;
	(void)properties;
	return calloc(1, sizeof(struct signer_watch));
}

static void
signing_free(void *data)
{
	free(data);
}

static int
set_padding(struct signer_watch *s, const OSSL_PARAM *p)
{
	int mode;

	if (!OSSL_PARAM_get_int(p, &mode))
		return 0;
	if (mode == RSA_PKCS1_PSS_PADDING)
		s->algorithm = KEY_RSA_PSS;
	else if (mode == RSA_PKCS1_PADDING)
		s->algorithm = KEY_RSA_PKCS1;
	else
		return 0;
	return 1;
}

/* The signer knows one length of salt. OpenSSL gives it by its name. */
static int
is_salt(const OSSL_PARAM *p)
{
	const char *name;

	return OSSL_PARAM_get_utf8_string_ptr(p, &name) &&
	    strcmp(name, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) == 0;
}

static int
signing_set(void *data, const OSSL_PARAM params[])
{
	struct signer_watch *s = data;
	const OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p != NULL && !set_padding(s, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	return p == NULL || is_salt(p);
}

static const OSSL_PARAM *
signing_settable(void *data, void *provider)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL,
		    0),
		OSSL_PARAM_END
	};

	(void)data;
	(void)provider;
	return types;
}

/* Of a key's own: libssl may change it, for RSA, afterwards. */
static enum key_algorithm
algorithm_of(enum key_type use)
{
	switch (use) {
	case KEY_TYPE_NONE:
	case KEY_TYPE_RSA:		return KEY_RSA_PKCS1;
	case KEY_TYPE_RSA_PSS:	return KEY_RSA_PSS;
	case KEY_TYPE_P256:
	case KEY_TYPE_P384:
	case KEY_TYPE_P521:
	case KEY_TYPE_OTHER_CURVE:	return KEY_ECDSA;
	case KEY_TYPE_ED25519:
	case KEY_TYPE_ED448:		break;
	}
	return KEY_EDDSA;
}

static bool
set_hash(struct signer_watch *s, const char *name)
{
	static const struct {
		enum key_hash hash;
		const char *name;
	} hashes[] = {
		{ KEY_SHA224, "SHA224" }, { KEY_SHA224, "SHA2-224" },
		{ KEY_SHA256, "SHA256" }, { KEY_SHA256, "SHA2-256" },
		{ KEY_SHA384, "SHA384" }, { KEY_SHA384, "SHA2-384" },
		{ KEY_SHA512, "SHA512" }, { KEY_SHA512, "SHA2-512" }
	};

	s->hash = KEY_NO_HASH;
	if (s->algorithm == KEY_EDDSA)
		return name == NULL || *name == '\0';
	for (size_t i = 0; name != NULL && i < sizeof hashes / sizeof *hashes;
	    i++)
		if (strcasecmp(hashes[i].name, name) == 0)
			s->hash = hashes[i].hash;
	return s->hash != KEY_NO_HASH;
}

static int
signing_begin(void *data, const char *hash, void *key,
    const OSSL_PARAM params[])
{
	struct signer_watch *s = data;

	if (key != NULL)
		s->key = key;
	if (s->key == NULL || s->key->part == NULL)
		return 0;
	s->algorithm = algorithm_of(s->key->use);
	return set_hash(s, hash) && signing_set(s, params);
}

static int
signing_sign(void *data, unsigned char *out, size_t *len, size_t room,
    const unsigned char *content, size_t content_len)
{
	const struct signer_watch *s = data;
	const struct sign_reply *r;
	struct sign_wait w;
	int size = EVP_PKEY_get_size(s->key->part);

	if (out == NULL) {
		*len = (size_t)size;
		return size > 0;
	}
	if (content_len > sizeof w.ask.content)
		return 0;
	w.ask = (struct sign_request){ .key = s->key->number,
	    .algorithm = (uint8_t)s->algorithm, .hash = (uint8_t)s->hash,
	    .len = (uint16_t)content_len };
	memcpy(w.ask.content, content, content_len);
	r = async_call_sign(&w, s->key->use);
	if (r == NULL || r->len > room)
		return 0;
	memcpy(out, r->signature, r->len);
	*len = r->len;
	return 1;
}

#define FUNCTION(id, f)	{ id, (void (*)(void))(f) }

const OSSL_DISPATCH remote_key_signature[] = {
	FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
	FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_begin),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
	FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signing_set),
	FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signing_settable),
	{ 0, NULL }
};
