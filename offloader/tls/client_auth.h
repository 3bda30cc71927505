/*
 * client_auth.h - who may come in: one policy for client certificates.
 *
 * A session that was obtained under one policy must not be resumed under
 * another, so a policy has an identity: a digest over all that decides.
 */
#ifndef OFFLOADER_CLIENT_AUTH_H
#define OFFLOADER_CLIENT_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/err.h"

#define CLIENT_AUTH_ID	32	/* bytes: SHA-256, and SSL's limit */

struct client_auth;

struct client_auth_terms {
	bool ask, require;	/* a certificate */
	const char *ca_file;	/* who may have issued it; NULL if not asked */
	const char *listener;	/* where the client came to */
};

/* NULL: a sentence. The caller calls client_auth_free(). */
struct client_auth *client_auth_new(const struct client_auth_terms *,
    struct err *);
void client_auth_free(struct client_auth *);

/* Holds for every session of the context, or for one session. -1: no memory. */
int client_auth_for_all(const struct client_auth *, SSL_CTX *);
int client_auth_for_one(const struct client_auth *, SSL *);

#endif
