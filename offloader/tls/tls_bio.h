/*
 * tls_bio.h - a worker's two buffers between TLS and all its sockets.
 *
 * OpenSSL asks for five bytes, then for a record, and sends record by record.
 * Through these buffers one recv() brings many records in and one send() takes
 * a whole pass out. They hold nothing between two passes: what cannot be read
 * or sent now is kept in buffers of the connection.
 */
#ifndef OFFLOADER_TLS_BIO_H
#define OFFLOADER_TLS_BIO_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/bio.h>

#include "relay/plain_side.h"
#include "relay/side.h"

#define TLS_BIO_IN		(128 * 1024) /* most that one recv() brings */

struct tls_buffers {
	uint8_t *in, *out;
	size_t out_size;
	size_t in_start, in_end;	/* unread ciphertext */
	size_t out_len;			/* unsent ciphertext */
	BIO_METHOD *method;
};

/* One connection's end of it. */
struct tls_bio {
	struct side *side;		/* keeps ready, behind, reset, fd */
	struct tls_buffers *buffers;		/* borrowed: the worker's */
	struct outqueue out;		/* ciphertext the kernel did not take */
	struct outqueue pending;	/* ciphertext TLS has not read yet */
	size_t receive;			/* what this pass's recv() may bring */
	bool can_wait;			/* this pass's bytes, for the next's */
	bool eof;			/* the socket has ended */
	bool failed;			/* a socket call failed */
};

/* -1: out of memory. */
int tls_buffers_init(struct tls_buffers *);
void tls_buffers_clear(struct tls_buffers *);

/* A BIO that reads and writes through the buffers. It borrows the end. */
BIO *tls_bio_new(struct tls_bio *);

/*
 * Begins a pass: at most one recv() of at most limit bytes follows; 0: none.
 * What the connection put away is read before anything that is received.
 */
void tls_bio_begin(struct tls_bio *, size_t limit);

/* Receives before TLS wants it. IO_OK: there is something to be read. */
enum io tls_bio_receive(struct tls_bio *);

/* Whether TLS could read on without the kernel. */
bool tls_bio_has_input(const struct tls_bio *);

/* Ends a pass: sends what TLS wrote, puts away what it did not read. */
enum io tls_bio_end(struct tls_bio *);

void tls_bio_clear(struct tls_bio *);

#endif
