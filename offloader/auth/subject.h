/*
 * subject.h - the name of a certificate's owner.
 */
#ifndef OFFLOADER_SUBJECT_H
#define OFFLOADER_SUBJECT_H

#include <openssl/x509.h>

/*
 * The subject's first CN, converted to UTF-8. NULL: none, an empty one, one
 * that cannot be converted, or one with a NUL inside, which half of all readers
 * would take for a shorter, other name. The caller calls OPENSSL_free().
 */
unsigned char *subject_cn(const X509 *, int *len);

#endif
