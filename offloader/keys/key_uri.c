/*
 * key_uri.c - a private key that a URI names, in a token for example.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "base/file.h"
#include "keys/openssl_legacy.h"
#include "keys/key_uri.h"

#define PKCS11	"pkcs11:"
#define FILE_URI "file:"

static bool
begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

bool
key_uri_is(const char *name)
{
	size_t n = 0;

	if (!isalpha((unsigned char)name[0]))
		return false;
	while (isalnum((unsigned char)name[n]) ||
	    (name[n] != '\0' && strchr("+-.", name[n]) != NULL))
		n++;
	return n > 1 && name[n] == ':';
}

bool
key_uri_is_file(const char *uri)
{
	return begins(uri, FILE_URI);
}

/* ------------------------------------------------- stores -------------- */

static EVP_PKEY *
first_key(OSSL_STORE_CTX *store)
{
	EVP_PKEY *key = NULL;

	while (key == NULL && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info == NULL && OSSL_STORE_error(store))
			break;
		if (info != NULL &&
		    OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return key;
}

static EVP_PKEY *
from_store(const char *uri, UI_METHOD *ui, struct passphrase *p)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open(uri, ui, p, NULL, NULL);
	EVP_PKEY *key = NULL;

	if (store == NULL)
		return NULL;
	/* The token is not asked for what else it holds. */
	if (OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
		key = first_key(store);
	OSSL_STORE_close(store);
	return key;
}

/* ------------------------------------------------- any URI ------------- */

/* Where a file: URI leads, as OpenSSL reads it. */
static const char *
path_of(const char *uri)
{
	static const char *const begin[] = { "file://localhost/", "file:///" };

	for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
		if (begins(uri, begin[i]))
			return uri + strlen(begin[i]) - 1;
	return uri + strlen(FILE_URI);
}

static int
check_file(const char *uri, const struct passphrase *p, struct err *e)
{
	struct stat st;

	if (stat(path_of(uri), &st) == -1)
		return err_set_kind(e, errno == ENOENT ? ERR_NO_FILE :
		    ERR_CONFIG, "%s: %s", uri, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: not a regular file", uri);
	return p->insecure || file_is_private(&st) ? 0 :
	    file_not_private(uri, e);
}

/* What OpenSSL has to say; the first of it is nearest to the matter. */
static const char *
why(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	return reason != NULL ? reason : "no key is there";
}

/* A token does not say which of both it was. */
static void
blame(const char *uri, const struct passphrase *p, struct err *e)
{
	if (p->failed)
		*e = p->why;
	else if (!p->asked)
		err_set(e, "%s: cannot load a private key: %s", uri,
		    why());
	else if (key_uri_is_file(uri))
		passphrase_blame(p, uri, e);
	else if (p->file == NULL)
		err_set(e, "%s: the token needs a PIN: set "
		    "key-passphrase-file", uri);
	else
		err_set(e, "%s: no such key, or wrong PIN in %s", uri,
		    p->file);
}

EVP_PKEY *
key_uri_open(const char *uri, struct passphrase *p, struct err *e)
{
	UI_METHOD *ui;
	EVP_PKEY *key;

	if (key_uri_is_file(uri) && check_file(uri, p, e) != 0)
		return NULL;
	if ((ui = UI_UTIL_wrap_read_pem_callback(passphrase_give, 0)) == NULL) {
		err_memory(e, uri);
		return NULL;
	}
	key = from_store(uri, ui, p);
	if (key == NULL && begins(uri, PKCS11))
		key = legacy_engine_key(uri, ui, p);
	UI_destroy_method(ui);
	if (key == NULL)
		blame(uri, p, e);
	ERR_clear_error();
	return key;
}
