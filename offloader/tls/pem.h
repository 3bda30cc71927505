/*
 * pem.h - certificates out of a PEM file somebody else wrote.
 */
#ifndef OFFLOADER_PEM_H
#define OFFLOADER_PEM_H

#include <openssl/ssl.h>

#include "base/err.h"

/* Opens a regular file of sensible size. NULL: a sentence. BIO_free(). */
BIO *pem_open(const char *file, struct err *);

/*
 * For OpenSSL's PEM readers: never asks the terminal, where a daemon would wait
 * for ever. Stores 1 in *asked, if it is not NULL.
 */
int pem_no_passphrase(char *buf, int size, int writing, void *asked);

/*
 * Every certificate of a file, in its order, at most max; keys, parameters and
 * text between them are passed over. NULL: none, too many or a damaged one.
 * The caller calls sk_X509_pop_free(, X509_free).
 */
STACK_OF(X509) *pem_certs(const char *file, int max, struct err *);

#endif
