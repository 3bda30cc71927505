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

#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "signing/remote_key.h"
#include "signing/provider.h"

#define NAME		"offloader"
#define KEY_PART	"offloader-part"
#define KEY_NUMBER	"offloader-number"
#define FUNCTION(id, f)	{ id, (void (*)(void))(f) }

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
		{ KEY_SIGNATURE_NAME, PROPERTY, remote_key_signature, NULL },
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
