/*
 * tls_bio.c - a worker's two buffers between TLS and all its sockets.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "relay/plain_side.h"
#include "tls/tls_bio.h"

/* Room for what a scratch full becomes: 16 KB and 22 bytes each record. */
#define OUT_SIZE	(192 * 1024 + 32 * 1024)

bool
tls_bio_has_input(const struct tls_bio *e)
{
	return e->pending.len > 0 || e->buffers->in_start < e->buffers->in_end;
}

enum io
tls_bio_receive(struct tls_bio *e)
{
	struct tls_buffers *w = e->buffers;
	ssize_t got;

	if (tls_bio_has_input(e))
		return IO_OK;
	if (e->receive == 0 || e->eof || e->failed)
		return IO_WAIT;
	do
		got = recv(e->side->fd, w->in, e->receive, 0);
	while (got == -1 && errno == EINTR);
	/* As with plain sockets: a short read has emptied it. */
	if (got < (ssize_t)e->receive)
		e->side->ready &= ~SIDE_READ;
	e->receive = 0;
	if (got > 0) {
		w->in_start = 0;
		w->in_end = (size_t)got;
		return IO_OK;
	}
	if (got == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return IO_WAIT;
	/* A write may have used up the error: then this looks like EOF. */
	e->failed = got == -1 || e->side->reset;
	e->eof = !e->failed;
	return e->failed ? IO_ERROR : IO_EOF;
}

static int
on_read(BIO *bio, char *buf, int size)
{
	struct tls_bio *e = BIO_get_data(bio);
	struct tls_buffers *w = e->buffers;
	size_t n;

	BIO_clear_retry_flags(bio);
	if (tls_bio_receive(e) != IO_OK) {
		/* Also at the end: whether it is a good one is judged above. */
		BIO_set_retry_read(bio);
		return -1;
	}
	if (e->pending.len > 0)
		return (int)outqueue_take(&e->pending, buf, (size_t)size);
	n = w->in_end - w->in_start;
	if (n > (size_t)size)
		n = (size_t)size;
	memcpy(buf, w->in + w->in_start, n);
	w->in_start += n;
	return (int)n;
}

static enum io
push(struct tls_bio *e)
{
	struct tls_buffers *w = e->buffers;
	size_t len = w->out_len;
	int flags = e->can_wait ? MSG_MORE : 0;

	w->out_len = 0;
	if (len == 0 || e->failed)
		return len == 0 ? IO_OK : IO_ERROR;
	if (plain_push(e->side, &e->out, e->side->fd, w->out, len, flags) ==
	    IO_OK)
		return IO_OK;
	e->failed = true;
	return IO_ERROR;
}

static int
on_write(BIO *bio, const char *buf, int size)
{
	struct tls_bio *e = BIO_get_data(bio);
	struct tls_buffers *w = e->buffers;

	BIO_clear_retry_flags(bio);
	if ((size_t)size > w->out_size - w->out_len && push(e) != IO_OK)
		return -1;
	assert((size_t)size <= w->out_size);	/* a record is far smaller */
	memcpy(w->out + w->out_len, buf, (size_t)size);
	w->out_len += (size_t)size;
	return size;
}

static long
on_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

int
tls_buffers_init(struct tls_buffers *w)
{
	*w = (struct tls_buffers){ .out_size = OUT_SIZE };
	w->in = malloc(TLS_BIO_IN);
	w->out = malloc(w->out_size);
	w->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "wire");
	if (w->in == NULL || w->out == NULL || w->method == NULL ||
	    BIO_meth_set_read(w->method, on_read) != 1 ||
	    BIO_meth_set_write(w->method, on_write) != 1 ||
	    BIO_meth_set_ctrl(w->method, on_ctrl) != 1) {
		tls_buffers_clear(w);
		return -1;
	}
	return 0;
}

void
tls_buffers_clear(struct tls_buffers *w)
{
	free(w->in);
	free(w->out);
	BIO_meth_free(w->method);
	*w = (struct tls_buffers){ 0 };
}

BIO *
tls_bio_new(struct tls_bio *e)
{
	BIO *bio = BIO_new(e->buffers->method);

	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, e);
	BIO_set_init(bio, 1);
	return bio;
}

void
tls_bio_begin(struct tls_bio *e, size_t limit)
{
	struct tls_buffers *w = e->buffers;

	/* The bytes of another connection would be read as ours. */
	assert(w->in_start == w->in_end && w->out_len == 0);
	assert(limit <= TLS_BIO_IN);
	e->receive = limit;
	e->can_wait = false;
}

enum io
tls_bio_end(struct tls_bio *e)
{
	struct tls_buffers *w = e->buffers;
	size_t left = w->in_end - w->in_start;
	bool kept = left == 0 ||
	    outqueue_put(&e->pending, w->in + w->in_start, left);

	w->in_start = w->in_end = 0;
	e->receive = 0;
	if (!kept)
		e->failed = true;
	return push(e);
}

void
tls_bio_clear(struct tls_bio *e)
{
	outqueue_clear(&e->out);
	outqueue_clear(&e->pending);
}
