/*
 * cert_uses.h - what a certificate's extensions say it is for.
 */
#ifndef OFFLOADER_CERT_USES_H
#define OFFLOADER_CERT_USES_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#define CERT_KEY_ID	64	/* bytes; a longer one counts as none */

struct cert_uses {
	bool serve;		/* TLS servers, by extendedKeyUsage */
	bool sign;		/* signatures, by keyUsage */
	bool has_sans;		/* whatever is in them */
	bool issuer_online;	/* its issuer's certificate can be fetched */
	unsigned char key_id[CERT_KEY_ID];	/* of its issuer's key */
	size_t key_id_len;			/* 0: not said */
};

/* What no extension forbids is allowed; NULL: no extensions. */
void cert_uses_read(struct cert_uses *, const STACK_OF(X509_EXTENSION) *);

#endif
