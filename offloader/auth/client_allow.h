/*
 * client_allow.h - which verified client certificates are accepted.
 *
 * One of the entries must be what the certificate says, byte for byte:
 *
 *	CN=NAME			the subject's first CN, as UTF-8
 *	SAN=DNS:NAME		a DNS name; letters' case does not count, and a
 *				"*" is nothing but a "*"
 *	SAN=EMAIL:LOCAL@HOST	an address; case counts before the "@" only
 *	SAN=URI:URI		a URI
 *	SPKI=sha256//BASE64	SHA-256 of the public key with its algorithm
 *
 * A name with a NUL inside matches nothing.
 */
#ifndef OFFLOADER_CLIENT_ALLOW_H
#define OFFLOADER_CLIENT_ALLOW_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "auth/trust.h"
#include "base/array.h"
#include "base/err.h"

struct client_allow;

/* The words are borrowed. NULL: an error message. */
struct client_allow *client_allow_new(const struct strlist *, struct err *);
void client_allow_free(struct client_allow *);

bool client_allow_has(const struct client_allow *, X509 *);

/* Adds what the list is known by. -1: out of memory. */
int client_allow_print(const struct client_allow *, struct fingerprints *);

/*
 * The subject's first CN, converted to UTF-8. NULL: none, an empty one, one
 * that cannot be converted, or one with a NUL inside, which half of all readers
 * would take for a shorter, other name. The caller calls OPENSSL_free().
 */
unsigned char *subject_cn(const X509 *, int *len);

#endif
