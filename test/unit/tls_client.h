/*
 * tls_client.h - a TLS client that waits for nobody.
 *
 * OpenSSL talks to memory; the test decides when, and how many of, its bytes
 * go to the socket and come from it.
 */
#ifndef TEST_TLS_CLIENT_H
#define TEST_TLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "issuer.h"

struct tls_client {
	SSL *ssl;
	int fd;			/* borrowed; does not block */
	bool hungup;		/* the socket said end of file */
	bool reset;		/* or worse */
	bool shut;		/* set by the test: nothing is sent any more */
};

/*
 * TLS 1.2 or 1.3, and no other. A test_cert is shown if asked for; NULL: none.
 */
void tls_client_init(struct tls_client *, int fd, int version,
    const struct test_cert *);
void tls_client_clear(struct tls_client *);

/* Bytes that OpenSSL wrote and the socket has not taken yet. */
size_t tls_client_unsent(const struct tls_client *);

/* Moves at most so many bytes to the socket, or from it. Returns how many. */
size_t tls_client_send(struct tls_client *, size_t max);
size_t tls_client_receive(struct tls_client *, size_t max);

#endif
