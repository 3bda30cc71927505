/*
 * tls_client.c - a TLS client that waits for nobody.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "forger.h"
#include "tls_client.h"

static void
must(bool good)
{
	if (!good)
		abort();
}

static SSL_CTX *
make_context(int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	must(ctx != NULL);
	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	must(SSL_CTX_set_cipher_list(ctx, FORGER_CIPHER) == 1 &&
	    SSL_CTX_set_ciphersuites(ctx, FORGER_SUITE) == 1);
	forger_listen(ctx);
	return ctx;
}

/* Made once: that takes longer than to shake hands. */
static SSL_CTX *
context(int version)
{
	static SSL_CTX *made[2];
	SSL_CTX **ctx = &made[version == TLS1_3_VERSION];

	if (*ctx == NULL)
		*ctx = make_context(version);
	return *ctx;
}

void
tls_client_init(struct tls_client *c, int fd, int version,
    const struct test_cert *test_cert)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	must(in != NULL && out != NULL);
	*c = (struct tls_client){ .fd = fd };
	c->ssl = SSL_new(context(version));
	must(c->ssl != NULL);
	if (test_cert != NULL)
		must(SSL_use_cert_and_key(c->ssl, test_cert->cert,
		    test_cert->key, NULL, 1) == 1);
	/* No bytes now is not the end. */
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(c->ssl, in, out);
	SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_set_connect_state(c->ssl);
}

void
tls_client_clear(struct tls_client *c)
{
	SSL_free(c->ssl);
	c->ssl = NULL;
}

size_t
tls_client_unsent(const struct tls_client *c)
{
	return c->shut ? 0 : BIO_ctrl_pending(SSL_get_wbio(c->ssl));
}

size_t
tls_client_send(struct tls_client *c, size_t max)
{
	BIO *out = SSL_get_wbio(c->ssl);
	size_t sent = 0, n;
	char *bytes;

	while (sent < max && (n = tls_client_unsent(c)) > 0) {
		char dropped[4096];
		ssize_t put;

		BIO_get_mem_data(out, &bytes);
		n = n < sizeof dropped ? n : sizeof dropped;
		n = n < max - sent ? n : max - sent;
		put = write(c->fd, bytes, n);
		if (put == -1 && errno != EAGAIN)
			c->reset = true;
		if (put == -1)
			break;
		must(BIO_read(out, dropped, (int)put) == put);
		sent += (size_t)put;
	}
	return sent;
}

size_t
tls_client_receive(struct tls_client *c, size_t max)
{
	size_t received = 0;

	while (received < max && !c->hungup && !c->reset) {
		char bytes[16384];
		size_t n = max - received;
		ssize_t got = read(c->fd, bytes,
		    n < sizeof bytes ? n : sizeof bytes);

		if (got == -1 && errno == EAGAIN)
			break;
		c->hungup = got == 0;
		c->reset = got == -1;
		if (got <= 0)
			break;
		must(BIO_write(SSL_get_rbio(c->ssl), bytes, (int)got) == got);
		received += (size_t)got;
	}
	return received;
}
