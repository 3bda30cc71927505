/*
 * context.h - a frontend's options as an SSL_CTX.
 */
#ifndef OFFLOADER_CONTEXT_H
#define OFFLOADER_CONTEXT_H

#include <openssl/ssl.h>

#include "base/err.h"
#include "config/conf.h"

/* A protocol list as ALPN has it on the wire: length, name, length, name. */
struct alpn {
	unsigned char *wire;
	unsigned len;
};

/*
 * Applies every TLS option to a new context; each value that OpenSSL refuses
 * is a fault. The alpn list is filled in and must live as long as the context;
 * the caller frees alpn->wire. NULL: faults were added.
 */
SSL_CTX *context_new(const struct conf *, const struct tls_conf *,
    struct alpn *, struct faults *);

#endif
