/*
 * shake.h - two TLS sessions in one process, wired to each other.
 */
#ifndef TEST_SHAKE_H
#define TEST_SHAKE_H

#include <stdbool.h>

#include <openssl/ssl.h>

/* Wires them with a pair of BIOs, which they own from now on. */
static inline bool
shake_wire(SSL *server, SSL *client)
{
	BIO *a, *b;

	if (BIO_new_bio_pair(&a, 0, &b, 0) != 1)
		return false;
	SSL_set_bio(server, a, a);
	SSL_set_bio(client, b, b);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	return true;
}

static inline bool
shake_waits(SSL *ssl, int ret)
{
	int error = SSL_get_error(ssl, ret);

	return ret == 1 || error == SSL_ERROR_WANT_READ ||
	    error == SSL_ERROR_WANT_WRITE;
}

/*
 * Shakes hands until both are done and the client has its tickets. False: one
 * of them gave up, and the other has heard the alert.
 */
static inline bool
shake(SSL *server, SSL *client)
{
	bool good = shake_wire(server, client);
	char byte;

	/* No handshake has this many flights. */
	for (int i = 0; good && i < 20; i++) {
		int c = SSL_do_handshake(client);

		good = shake_waits(client, c);
		c = SSL_do_handshake(server);
		good = shake_waits(server, c) && good;
	}
	/* An alert is read by the one who is still shaking. */
	(void)SSL_do_handshake(client);
	/* A ticket that the client does not understand ends it, too. */
	return shake_waits(client, SSL_read(client, &byte, 1)) && good &&
	    SSL_is_init_finished(server) && SSL_is_init_finished(client);
}

#endif
