/*
 * key_wrap.h - a key of one type as OpenSSL's of any type. For keys/ only.
 */
#ifndef OFFLOADER_KEY_WRAP_H
#define OFFLOADER_KEY_WRAP_H

#include <openssl/types.h>

/* Take over the key. NULL: out of memory, or there was none. */
EVP_PKEY *key_wrap_ec(EC_KEY *);
EVP_PKEY *key_wrap_rsa(RSA *);

#endif
