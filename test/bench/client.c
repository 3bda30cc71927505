/*
 * client.c - one client of the bench: a connection and what is asked on it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "client.h"

#define READS	16		/* records before the others get their turn */

static const char block[16384];	/* what uploads are made of */

static SSL *
new_session(const struct plan *p)
{
	SSL *ssl = SSL_new(p->ctx);
	SSL_SESSION *copy;

	if (ssl == NULL)
		return NULL;
	SSL_set_connect_state(ssl);
	SSL_set_tlsext_host_name(ssl, "bench.example");
	if (p->session == NULL)
		return ssl;
	/* OpenSSL spoils a TLS 1.3 session by using it, so use a copy. */
	copy = SSL_SESSION_dup(p->session);
	SSL_set_session(ssl, copy);
	SSL_SESSION_free(copy);
	return ssl;
}

/* A hello cut short: the server has something to keep, and must wait. */
static bool
send_half_hello(int fd, const struct plan *p)
{
	SSL *ssl = new_session(p);
	BIO *out = BIO_new(BIO_s_mem());
	bool sent = false;
	char *hello;
	long n;

	if (ssl != NULL && out != NULL) {
		SSL_set0_wbio(ssl, out);
		SSL_do_handshake(ssl);
		n = BIO_get_mem_data(out, &hello) / 2;
		sent = send(fd, hello, (size_t)n, MSG_NOSIGNAL) == n;
		out = NULL;
	}
	SSL_free(ssl);
	BIO_free(out);
	return sent;
}

bool
client_open(struct client *c, const struct plan *p)
{
	memset(c, 0, sizeof *c);
	c->began = net_now();
	if ((c->fd = net_connect(&p->to)) == -1)
		return false;
	c->state = CLIENT_HANDSHAKE;
	if (p->depth == DEPTH_TCP || p->depth == DEPTH_HALF)
		return true;
	c->ssl = new_session(p);
	return c->ssl != NULL && SSL_set_fd(c->ssl, c->fd) == 1;
}

void
client_ask(struct client *c)
{
	c->state = CLIENT_SEND;
	c->sent = c->got = c->wanted = 0;
	c->headed = false;
	c->have = 0;
}

/* What OpenSSL's refusal means. A clean end is only welcome at the end. */
static enum client_result
refused(struct client *c, int r)
{
	switch (SSL_get_error(c->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return CLIENT_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return CLIENT_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		if (c->state == CLIENT_EOF)
			return CLIENT_READY;
		break;
	default:
		/* After this SSL_shutdown() would be an error. */
		SSL_set_shutdown(c->ssl,
		    SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		break;
	}
	return CLIENT_FAILED;
}

/* Sockets without TLS are as open as they will be once they are writable. */
static enum client_result
run_bare(struct client *c, const struct plan *p)
{
	int problem = 0;
	socklen_t len = sizeof problem;

	if (!c->writing)
		return CLIENT_WANTS_WRITE;
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &problem, &len);
	if (problem != 0)
		return CLIENT_FAILED;
	if (p->depth == DEPTH_HALF && !send_half_hello(c->fd, p))
		return CLIENT_FAILED;
	c->state = CLIENT_REST;
	return CLIENT_READY;
}

static enum client_result
run_handshake(struct client *c, const struct plan *p)
{
	int r;

	if (c->ssl == NULL)
		return run_bare(c, p);
	if ((r = SSL_do_handshake(c->ssl)) != 1)
		return refused(c, r);
	c->reused = SSL_session_reused(c->ssl) == 1;
	c->state = CLIENT_REST;
	if (p->fresh || p->depth == DEPTH_REPLY || p->depth == DEPTH_ASKED)
		client_ask(c);
	return CLIENT_READY;
}

static enum client_result
run_send(struct client *c, const struct plan *p)
{
	uint64_t all = p->request_len + p->upload, n;
	const char *from;
	int r;

	while (c->sent < all) {
		from = block;
		n = all - c->sent;
		if (c->sent < p->request_len) {
			from = p->request + c->sent;
			n = p->request_len - c->sent;
		} else if (n > sizeof block)
			n = sizeof block;
		if ((r = SSL_write(c->ssl, from, (int)n)) <= 0)
			return refused(c, r);
		c->sent += (uint64_t)r;
	}
	c->state = p->depth == DEPTH_ASKED ? CLIENT_REST : CLIENT_RECEIVE;
	return CLIENT_READY;
}

/* Finds the body's length, once the head is there. False if it is no reply. */
static bool
read_head(struct client *c)
{
	static const char word[] = "\r\nContent-Length:";
	const char *end = memmem(c->head, c->have, "\r\n\r\n", 4), *length;

	if (end == NULL)
		return c->have < sizeof c->head;
	length = memmem(c->head, c->have, word, sizeof word - 1);
	if (memcmp(c->head, "HTTP/1.1 200", 12) != 0 || length == NULL)
		return false;
	c->headed = true;
	c->wanted = strtoull(length + sizeof word - 1, NULL, 10);
	c->got = c->have - (size_t)(end + 4 - c->head);
	return c->got <= c->wanted;
}

/* One record of the reply: its length, or what SSL_read() says. */
static int
receive(struct client *c)
{
	char bytes[16384];
	uint64_t left = c->wanted - c->got;
	int n;

	if (c->headed) {
		n = SSL_read(c->ssl, bytes,
		    (int)(left < sizeof bytes ? left : sizeof bytes));
		c->got += n > 0 ? (uint64_t)n : 0;
		return n;
	}
	n = SSL_read(c->ssl, c->head + c->have,
	    (int)(sizeof c->head - c->have));
	c->have += n > 0 ? (size_t)n : 0;
	return n;
}

static enum client_result
run_receive(struct client *c, const struct plan *p)
{
	int i, n;

	for (i = 0; i < READS && !(c->headed && c->got == c->wanted); i++) {
		if ((n = receive(c)) <= 0)
			return refused(c, n);
		if (!c->headed && !read_head(c))
			return CLIENT_FAILED;
	}
	if (!c->headed || c->got < c->wanted)
		/* What OpenSSL already holds would wake nobody. */
		return SSL_has_pending(c->ssl) ? CLIENT_READY :
		    CLIENT_WANTS_READ;
	c->state = p->fresh ? CLIENT_EOF : CLIENT_REST;
	return CLIENT_READY;
}

static enum client_result
run_eof(struct client *c)
{
	char byte;
	enum client_result r = refused(c, SSL_read(c->ssl, &byte, 1));

	if (r == CLIENT_READY)
		client_close(c);
	return r;
}

enum client_result
client_run(struct client *c, const struct plan *p)
{
	enum client_result r = CLIENT_READY;

	ERR_clear_error();
	while (r == CLIENT_READY) {
		switch (c->state) {
		case CLIENT_HANDSHAKE:	r = run_handshake(c, p); break;
		case CLIENT_SEND:	r = run_send(c, p); break;
		case CLIENT_RECEIVE:	r = run_receive(c, p); break;
		case CLIENT_EOF:	r = run_eof(c); break;
		case CLIENT_REST:
		case CLIENT_CLOSED:	return CLIENT_READY;
		}
	}
	return r;
}

enum client_result
client_hear(struct client *c)
{
	char byte;

	ERR_clear_error();
	/* Tickets are read and kept inside; anything else is unasked for. */
	if (c->ssl != NULL)
		return refused(c, SSL_read(c->ssl, &byte, 1));
	if (recv(c->fd, &byte, 1, 0) == -1 && errno == EAGAIN)
		return CLIENT_WANTS_READ;
	return CLIENT_FAILED;
}

void
client_close(struct client *c)
{
	if (c->state == CLIENT_CLOSED)
		return;
	if (c->ssl != NULL && SSL_is_init_finished(c->ssl))
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	if (c->fd != -1)
		close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
	c->state = CLIENT_CLOSED;
}
