/*
 * client_auth.h - one policy for client certificates.
 *
 * A session that was obtained under one policy must not be resumed under
 * another, so a policy has an identity: a digest over all that decides. It is
 * made of what files say and not of how they are called.
 */
#ifndef OFFLOADER_CLIENT_AUTH_H
#define OFFLOADER_CLIENT_AUTH_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "config/conf.h"

#define CLIENT_AUTH_ID	32	/* bytes: SHA-256, and SSL's limit */

struct client_auth;

/*
 * A policy for the clients of a listener. Except with VERIFY_NONE there must
 * be authorities. NULL: an error message, and the option it is about. The conf
 * is borrowed. The caller calls client_auth_free().
 */
struct client_auth *client_auth_new(const struct client_conf *,
    const char *listener, const char **option, struct err *);
void client_auth_free(struct client_auth *);

/*
 * Holds for every session of the context, or for one session of it. -1: no
 * memory. It must live as long as their handshakes.
 */
int client_auth_for_all(const struct client_auth *, SSL_CTX *);
int client_auth_for_one(const struct client_auth *, SSL *);

/*
 * Whether an OpenSSL error says that a certificate is good, but not on the
 * list of those that are let in.
 */
bool client_auth_is_refusal(unsigned long code);

#endif
