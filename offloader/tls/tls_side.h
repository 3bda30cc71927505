/*
 * tls_side.h - one TLS session as a side: the client's end of a connection.
 * And what a finished handshake tells the backend.
 */
#ifndef OFFLOADER_TLS_SIDE_H
#define OFFLOADER_TLS_SIDE_H

#include <stdint.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "relay/proxy_header.h"
#include "relay/side.h"
#include "signing/async_call.h"
#include "tls/site.h"
#include "tls/tls_bio.h"

struct tls_side;

/* Why a session failed: a closed list. */
enum tls_fault {
	TLS_NO_FAULT,
	TLS_LEFT,		/* the client hung up in the handshake */
	TLS_RESET,		/* the client's socket died */
	TLS_PROTOCOL,		/* what it sent is no TLS we take: see reason */
	TLS_NOT_ALLOWED,	/* its certificate is on no client-allow */
	TLS_FLOOD,		/* messages without data, again and again */
	TLS_NO_MEMORY,
	TLS_KEYGUARD		/* no signer was ready */
};

/* The signer of a worker's sessions, and the callback for its answers. */
struct tls_signer {
	struct sign_queue *queue;		/* borrowed */
	/* Notes that the handshake can go on, and does nothing else. */
	void (*answered)(struct tls_signer *, struct tls_side *);
};

struct tls_side {
	struct side side;
	struct tls_bio bio;
	SSL *ssl;			/* NULL until its hello came */
	int low_water;			/* SO_RCVLOWAT; 0: unset */
	struct site_choice choice;
	enum tls_fault fault;
	unsigned long reason;		/* OpenSSL's error code */
	long verify;			/* X509_V_*, if that was the reason */
	enum io ended;			/* IO_EOF or IO_ERROR, after all data */
	bool cut;			/* ended without close_notify */
	unsigned empty_messages;	/* that carried no data */
	size_t data_bytes;		/* not offset against these yet */
	struct tls_signer *signer;	/* borrowed; NULL: keys are here */
	struct async_call call;		/* a step of the handshake */
};

/* The socket and the wire are borrowed. No SSL object is made yet. */
void tls_side_init(struct tls_side *, struct tls_buffers *, struct pool *,
    int fd);

/* Before the handshake: keys are in another process. */
void tls_side_sign_by(struct tls_side *, struct tls_signer *);

/*
 * Waits for a whole first record and then makes the session: until then it
 * stays in the kernel. IO_EOF: the client left without having sent a byte.
 * IO_ERROR: see fault.
 */
enum io tls_side_greet(struct tls_side *, const struct site *);

/*
 * One step of the handshake; the first one follows a successful greet in the
 * same pass. IO_OK: done. IO_WAIT: for the client, or the signer. IO_EOF,
 * IO_ERROR: failed, see fault; an alert may be behind.
 */
enum io tls_side_handshake(struct tls_side *);

/* Whether a step stands still: then the client is not to be listened to. */
bool tls_side_waits_for_signer(const struct tls_side *);

/* Frees the session. What is behind is kept: it may be an alert to be sent. */
void tls_side_end_session(struct tls_side *);
void tls_side_clear(struct tls_side *);

/* A fault in a few words for the log; data of the client is not in it. */
const char *tls_side_fault(const struct tls_side *);

/* What was wrong with the client's certificate; NULL: nothing. */
const char *tls_side_verdict(const struct tls_side *);

/* Keeps what the values of the facts point to. */
struct tls_facts {
	unsigned char *cn;
	unsigned char *client_cert;
	X509 *peer;			/* borrowed from the session */
};

/*
 * Fills in the TLS part of the facts. The strings live as long as both the
 * session and the tls_facts, which the caller clears.
 */
void tls_facts_get(struct tls_facts *, const struct tls_side *, bool want_der,
    struct proxy_facts *);
void tls_facts_clear(struct tls_facts *);

/* ------------------------------------------------- for tls_*.c only ------ */

/*
 * An old error would be taken for the next call's. There is hardly ever one,
 * and to look is cheaper than to clear.
 */
static inline void
tls_forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

/* Stores why, and OpenSSL's error. Returns IO_ERROR. */
enum io tls_fail(struct tls_side *, enum tls_fault);

/* What OpenSSL's "no data" means. IO_OK: it only wants to be asked again. */
enum io tls_judge(struct tls_side *, int ret);

#endif
