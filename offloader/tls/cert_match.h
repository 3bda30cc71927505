/*
 * cert_match.h - whether a client can make use of a certificate.
 */
#ifndef OFFLOADER_CERT_MATCH_H
#define OFFLOADER_CERT_MATCH_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "cert/cert.h"
#include "tls/hello.h"

/*
 * Whether a handshake can succeed with it, as OpenSSL will see it, by what the
 * client says it supports and the session allows. Of a key of a rare kind it
 * is not known: true.
 */
bool cert_match(const struct cert *, const struct hello *, SSL *);

#endif
