/*
 * provider.c - keys that are elsewhere: a public part and a number.
 *
 * What OpenSSL wants to know of a key (bits, size, group, digest) the public
 * part says, which is a key of the default provider. When it compares a
 * certificate with our key it hands us the certificate's numbers: both are kept
 * as bytes, so that this costs nothing at each connection.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include "signing/async_call.h"
#include "signing/sign_policy.h"
#include "signing/provider.h"

#define NAME		"offloader"
#define KEY_PART	"offloader-part"
#define KEY_NUMBER	"offloader-number"
#define FUNCTION(id, f)	{ id, (void (*)(void))(f) }

/* A name of ours: under OpenSSL's, its own signatures would be tried first. */
#define KEY_SIGNATURE_NAME	"OFFLOADER-SIGNATURE"

struct remote_key {
	EVP_PKEY *part;		/* public; NULL: only compared with others */
	uint32_t number;
	enum key_type use;
	unsigned char *bytes;	/* of the public numbers, for comparisons */
	size_t len;
};

/* ------------------------------------------------- keys ---------------- */

static void *
key_new(void *provider)
{
	(void)provider;
	return calloc(1, sizeof(struct remote_key));
}

static void
key_free(void *data)
{
	struct remote_key *k = data;

	if (k == NULL)
		return;
	EVP_PKEY_free(k->part);
	free(k->bytes);
	free(k);
}

static int
key_has(const void *data, int what)
{
	const struct remote_key *k = data;

	if (k == NULL || k->bytes == NULL)
		return 0;
	return (what & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || k->part != NULL;
}

static int
key_match(const void *one, const void *other, int what)
{
	const struct remote_key *a = one, *b = other;

	(void)what;
	return a->bytes != NULL && b->bytes != NULL && a->len == b->len &&
	    memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* What a key of any of our kinds is made of, as far as it is public. */
static const char *const names[] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
	OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PKEY_PARAM_PUB_KEY
};

/* Each with its length before it: no two keys have the same bytes. */
static int
keep_bytes(struct remote_key *k, const OSSL_PARAM params[])
{
	const OSSL_PARAM *p;
	size_t len = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if ((p = OSSL_PARAM_locate_const(params, names[i])) != NULL)
			len += sizeof p->data_size + p->data_size;
	if (len == 0 || (k->bytes = malloc(len)) == NULL)
		return 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		p = OSSL_PARAM_locate_const(params, names[i]);
		if (p == NULL)
			continue;
		memcpy(k->bytes + k->len, &p->data_size, sizeof p->data_size);
		k->len += sizeof p->data_size;
		memcpy(k->bytes + k->len, p->data, p->data_size);
		k->len += p->data_size;
	}
	return 1;
}

/* The numbers of a key, ours or a certificate's; ours has two things more. */
static int
key_import(void *data, int what, const OSSL_PARAM params[])
{
	struct remote_key *k = data;
	const OSSL_PARAM *part = OSSL_PARAM_locate_const(params, KEY_PART);
	const OSSL_PARAM *number = OSSL_PARAM_locate_const(params, KEY_NUMBER);
	const void *pointer;

	if (k->bytes != NULL || !keep_bytes(k, params))
		return 0;
	if ((what & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || part == NULL)
		return 1;
	if (number == NULL || !OSSL_PARAM_get_uint32(number, &k->number) ||
	    !OSSL_PARAM_get_octet_ptr(part, &pointer, NULL))
		return 0;
	k->part = (EVP_PKEY *)pointer;
	k->use = key_type(k->part);
	return EVP_PKEY_up_ref(k->part);
}

static const OSSL_PARAM *
key_import_types(int what)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_octet_ptr(KEY_PART, NULL, 0),
		OSSL_PARAM_uint32(KEY_NUMBER, NULL),
		OSSL_PARAM_END
	};

	(void)what;
	return types;
}

static int
key_get_params(void *data, OSSL_PARAM params[])
{
	const struct remote_key *k = data;

	return k->part == NULL || EVP_PKEY_get_params(k->part, params);
}

static const OSSL_PARAM *
key_gettable(void *provider)
{
	static const OSSL_PARAM types[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL,
		    0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_END
	};

	(void)provider;
	return types;
}

/* A name that no other provider has, or its signature would be tried. */
static const char *
key_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? KEY_SIGNATURE_NAME : NULL;
}

static const OSSL_DISPATCH key_functions[] = {
	FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new),
	FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),
	FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),
	FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),
	FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import),
	FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),
	FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),
	FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable),
	FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, key_operation),
	{ 0, NULL }
};

/* ------------------------------------------------- signatures --------- */

/* libssl sets a hash and a padding, and hands over all content at once. */

struct signing {
	const struct remote_key *key;	/* borrowed */
	enum key_algorithm algorithm;
	enum key_hash hash;
};

static void *
signing_new(void *provider, const char *properties)
{
	(void)provider;
	(void)properties;
	return calloc(1, sizeof(struct signing));
}

static void
signing_free(void *data)
{
	free(data);
}

static int
set_padding(struct signing *s, const OSSL_PARAM *p)
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
	struct signing *s = data;
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
set_hash(struct signing *s, const char *name)
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
	struct signing *s = data;

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
	const struct signing *s = data;
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

static const OSSL_DISPATCH signature_functions[] = {
	FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
	FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_begin),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
	FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signing_set),
	FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signing_settable),
	{ 0, NULL }
};

/* ------------------------------------------------- the provider -------- */

#define PROPERTY	"provider=" NAME

static const OSSL_ALGORITHM *
on_query(void *provider, int operation, int *no_cache)
{
	static const OSSL_ALGORITHM keys[] = {
		{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", PROPERTY,
		    key_functions, NULL },
		{ "RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10", PROPERTY,
		    key_functions, NULL },
		{ "EC:id-ecPublicKey:1.2.840.10045.2.1", PROPERTY,
		    key_functions, NULL },
		{ "ED25519:1.3.101.112", PROPERTY, key_functions, NULL },
		{ "ED448:1.3.101.113", PROPERTY, key_functions, NULL },
		{ NULL, NULL, NULL, NULL }
	};
	static const OSSL_ALGORITHM signatures[] = {
		{ KEY_SIGNATURE_NAME, PROPERTY, signature_functions, NULL },
		{ NULL, NULL, NULL, NULL }
	};

	(void)provider;
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:	return keys;
	case OSSL_OP_SIGNATURE:	return signatures;
	default:		return NULL;
	}
}

static int
on_load(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *theirs,
    const OSSL_DISPATCH **ours, void **provider)
{
	static const OSSL_DISPATCH functions[] = {
		FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, on_query),
		{ 0, NULL }
	};

	(void)theirs;
	*ours = functions;
	*provider = (void *)core;
	return 1;
}

/* What was loaded stands twice after another time: in all, it is let go. */
static void
unload(const char *name)
{
	OSSL_PROVIDER *p = OSSL_PROVIDER_load(NULL, name);

	OSSL_PROVIDER_unload(p);
	OSSL_PROVIDER_unload(p);
}

static void
on_exit_unload(void)
{
	unload(NAME);
	unload("default");
}

/* The default one first: where nobody says which, the first is taken. */
int
provider_load(struct err *e)
{
	const char *why;

	if (ASYNC_is_capable() != 1)
		return err_set_kind(e, ERR_OS, "key-isolation needs OpenSSL's "
		    "asynchronous jobs, which this system does not support");
	if (OSSL_PROVIDER_load(NULL, "default") != NULL &&
	    OSSL_PROVIDER_add_builtin(NULL, NAME, on_load) == 1 &&
	    OSSL_PROVIDER_load(NULL, NAME) != NULL &&
	    OPENSSL_atexit(on_exit_unload) == 1)
		return 0;
	why = ERR_reason_error_string(ERR_peek_last_error());
	err_set_kind(e, ERR_OS, "cannot load the OpenSSL provider for keys: "
	    "%s", why != NULL ? why : "out of memory");
	ERR_clear_error();
	return -1;
}

/* Nothing is copied: what is pointed to has to live as long as they. */
static EVP_PKEY *
make(EVP_PKEY_CTX *ctx, OSSL_PARAM numbers[], EVP_PKEY *part, uint32_t number)
{
	OSSL_PARAM ours[] = {
		OSSL_PARAM_construct_octet_ptr(KEY_PART, (void **)&part, 0),
		OSSL_PARAM_construct_uint32(KEY_NUMBER, &number),
		OSSL_PARAM_construct_end()
	};
	OSSL_PARAM *all = OSSL_PARAM_merge(numbers, ours);
	EVP_PKEY *key = NULL;

	if (all != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, all) != 1)
		key = NULL;
	OSSL_PARAM_free(all);
	return key;
}

EVP_PKEY *
provider_key(EVP_PKEY *part, uint32_t number)
{
	static const char *const kinds[] = { "RSA", "RSA-PSS", "EC", "ED25519",
	    "ED448" };
	EVP_PKEY_CTX *ctx = NULL;
	OSSL_PARAM *numbers = NULL;
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (EVP_PKEY_is_a(part, kinds[i]))
			ctx = EVP_PKEY_CTX_new_from_name(NULL, kinds[i],
			    PROPERTY);
	if (ctx != NULL &&
	    EVP_PKEY_todata(part, EVP_PKEY_PUBLIC_KEY, &numbers) == 1)
		key = make(ctx, numbers, part, number);
	OSSL_PARAM_free(numbers);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}
