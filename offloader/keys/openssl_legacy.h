/*
 * openssl_legacy.h - the calls that OpenSSL 3 deprecates, all in one room.
 *
 * Each one stays because its replacement is much slower, or because a
 * supported system has no replacement yet; openssl_legacy.c says which.
 */
#ifndef OFFLOADER_OPENSSL_LEGACY_H
#define OFFLOADER_OPENSSL_LEGACY_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>
#include <openssl/types.h>
#include <openssl/ui.h>

/* Curves that are set up once for many keys. Begins as zeroes. */
struct key_curves {
	EC_GROUP *p256;
};

void key_curves_clear(struct key_curves *);

/*
 * Decode a key of one type. A curve of 0 means that the bytes name it. The
 * curves may be NULL, which takes a little longer. NULL: the bytes are not
 * such a key, or out of memory. The caller calls EVP_PKEY_free().
 */
EVP_PKEY *legacy_ec_private(int curve, const unsigned char *der, size_t len,
    struct key_curves *);
EVP_PKEY *legacy_ec_public(int curve, const unsigned char *point, size_t len,
    struct key_curves *);
EVP_PKEY *legacy_rsa_private(const unsigned char *der, size_t len);
EVP_PKEY *legacy_rsa_public(const unsigned char *der, size_t len);

/* The EC key inside, borrowed. NULL: of another type, or of a provider. */
EC_KEY *legacy_ec_of(const EVP_PKEY *);

/* Sign and verify with ECDSA and SHA-256. Sign returns 0 if it failed. */
size_t legacy_ec_sign(EC_KEY *, const void *content, size_t len,
    unsigned char *signature, size_t room);
bool legacy_ec_verify(EC_KEY *, const void *content, size_t len,
    const unsigned char *signature, size_t signature_len);

/* The key of a PKCS#11 URI by the engine. NULL: no engine, or no such key. */
EVP_PKEY *legacy_engine_key(const char *uri, UI_METHOD *, void *passphrase);

/* Set up the encryption of session tickets. 1 is success, as in OpenSSL. */
typedef int legacy_on_ticket(SSL *, unsigned char *name, unsigned char *iv,
    EVP_CIPHER_CTX *, HMAC_CTX *, int sealing);

void legacy_set_on_ticket(SSL_CTX *, legacy_on_ticket *);
int legacy_hmac_init(HMAC_CTX *, const void *key, size_t len, const EVP_MD *);

#endif
