/*
 * key_uri.h - a private key that a URI names, in a token for example.
 *
 * OpenSSL's stores open it, a provider's (pkcs11-provider) among them; where
 * nothing but the older engine for PKCS#11 is installed, that does.
 */
#ifndef OFFLOADER_KEY_URI_H
#define OFFLOADER_KEY_URI_H

#include <stdbool.h>

#include <openssl/types.h>

#include "base/err.h"
#include "keys/pem.h"

/* "SCHEME:..." and no file's name: that may be written "./SCHEME:...". */
bool key_uri_is(const char *);

/* Of a URI: it is a file's, and what it names is read once. */
bool key_uri_is_file(const char *);

/*
 * Opens it; the passphrase is the PIN, if the URI has no pin-source. A file
 * that others can read is refused unless the passphrase may be insecure too.
 * NULL: an error message. The caller calls EVP_PKEY_free().
 */
EVP_PKEY *key_uri_open(const char *, struct passphrase *, struct err *);

#endif
