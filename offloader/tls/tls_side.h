/*
 * tls_side.h - one TLS session as a side: the client's end of a connection.
 */
#ifndef OFFLOADER_TLS_SIDE_H
#define OFFLOADER_TLS_SIDE_H

#include <openssl/ssl.h>

#include "relay/side.h"
#include "tls/site.h"
#include "tls/wire.h"

/* Why a session failed: a closed list. */
enum tls_fault {
	TLS_NO_FAULT,
	TLS_LEFT,		/* the client hung up in the handshake */
	TLS_RESET,		/* the client's socket died */
	TLS_PROTOCOL,		/* what it sent is no TLS we take: see reason */
	TLS_NOT_ALLOWED,	/* its certificate is on no client-allow */
	TLS_FLOOD,		/* messages without data, again and again */
	TLS_NO_MEMORY
};

struct tls_side {
	struct side side;
	struct wire_end end;
	SSL *ssl;			/* NULL until its hello came */
	int asked;			/* bytes of it the kernel waits for */
	struct site_choice choice;
	enum tls_fault fault;
	unsigned long reason;		/* OpenSSL's error code */
	long verify;			/* X509_V_*, if that was the reason */
	enum io ended;			/* IO_EOF or IO_ERROR: said once read */
	bool cut;			/* ended without close_notify */
	unsigned chatter;		/* messages that carried no data */
	size_t earned;			/* bytes not yet made use of for it */
};

/* The socket and the wire are borrowed. No SSL object is made yet. */
void tls_side_init(struct tls_side *, struct wire *, struct pool *, int fd);

/*
 * Waits for a whole first record and then makes the session: until then it
 * stays in the kernel. IO_EOF: the client left without having sent a byte.
 * IO_ERROR: see fault.
 */
enum io tls_side_greet(struct tls_side *, const struct site *);

/*
 * One step of the handshake; the first one follows a successful greet in the
 * same turn. IO_OK: done. IO_WAIT: for the client. IO_EOF, IO_ERROR: failed,
 * see fault; an alert may be behind.
 */
enum io tls_side_handshake(struct tls_side *);

/* Frees the session. What is behind is kept: it may be an alert to be sent. */
void tls_side_end_session(struct tls_side *);
void tls_side_clear(struct tls_side *);

/* A fault in a few words for the log; data of the client is not in it. */
const char *tls_side_fault(const struct tls_side *);

/* What was wrong with the client's certificate; NULL: nothing. */
const char *tls_side_verdict(const struct tls_side *);

#endif
