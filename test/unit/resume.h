/*
 * resume.h - connections in one process that resume each other's sessions.
 */
#ifndef TEST_RESUME_H
#define TEST_RESUME_H

#include <stdbool.h>

#include <openssl/err.h>

#include "shake.h"

/*
 * A connection, with the ticket of an earlier one or none. Tells whether it
 * was resumed, and what the client can resume with next time (NULL: nothing).
 */
static inline bool
resume_with(SSL_CTX *server_ctx, SSL_CTX *client_ctx, int version,
    SSL_SESSION *old, SSL_SESSION **next)
{
	SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
	SSL_SESSION *now;
	bool reused;

	SSL_set_min_proto_version(client, version);
	SSL_set_max_proto_version(client, version);
	if (old != NULL)
		assert_int_equal(SSL_set_session(client, old), 1);
	if (!shake(server, client)) {
		ERR_print_errors_fp(stderr);
		fail_msg("no handshake");
	}
	assert_int_equal(SSL_session_reused(server),
	    SSL_session_reused(client));
	reused = SSL_session_reused(client);
	now = SSL_get1_session(client);
	if (!SSL_SESSION_has_ticket(now) || !SSL_SESSION_is_resumable(now)) {
		SSL_SESSION_free(now);
		now = NULL;
	}
	if (next != NULL)
		*next = now;
	else
		SSL_SESSION_free(now);
	/* Else OpenSSL takes the session for a bad one. */
	SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(server);
	SSL_free(client);
	return reused;
}

#endif
