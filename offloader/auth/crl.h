/*
 * crl.h - what authorities have revoked, out of a PEM file.
 */
#ifndef OFFLOADER_CRL_H
#define OFFLOADER_CRL_H

#include <openssl/x509.h>

#include "base/err.h"

/*
 * Every revocation list of a file, in its order, at most max; what else is in
 * it is passed over. NULL: none, too many or a damaged one. The caller calls
 * sk_X509_CRL_pop_free(, X509_CRL_free).
 */
STACK_OF(X509_CRL) *crl_read(const char *file, int max, struct err *);

/*
 * Checks that the list is in force, complete, and signed by one of the
 * authorities that may sign lists. -1: an error about the file.
 */
int crl_judge(X509_CRL *, const STACK_OF(X509) *authorities, const char *file,
    struct err *);

#endif
