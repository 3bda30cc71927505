/*
 * cert_fit.h - whether a private key is a certificate's.
 */
#ifndef OFFLOADER_CERT_FIT_H
#define OFFLOADER_CERT_FIT_H

#include <stdbool.h>

#include <openssl/evp.h>

#include "cert/cert_facts.h"

/* The second is the DER of the certificate that the facts are of. */
bool cert_fits(const EVP_PKEY *, const struct cert_facts *,
    const unsigned char *der);

#endif
