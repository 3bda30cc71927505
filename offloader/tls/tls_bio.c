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
wire_has_input(const struct wire_end *e)
{
	return e->stash.len > 0 || e->wire->in_start < e->wire->in_end;
}

enum io
wire_receive(struct wire_end *e)
{
	struct wire *w = e->wire;
	ssize_t got;

	if (wire_has_input(e))
		return IO_OK;
	if (e->receive == 0 || e->hungup || e->dead)
		return IO_WAIT;
	do
		got = recv(e->fd, w->in, e->receive, 0);
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
	/* A write may have used up the error: then this looks like an end. */
	e->dead = got == -1 || e->side->reset;
	e->hungup = !e->dead;
	return e->dead ? IO_ERROR : IO_EOF;
}

static int
on_read(BIO *bio, char *buf, int size)
{
	struct wire_end *e = BIO_get_data(bio);
	struct wire *w = e->wire;
	size_t n;

	BIO_clear_retry_flags(bio);
	if (wire_receive(e) != IO_OK) {
		/* Also at the end: whether it is a good one is judged above. */
		BIO_set_retry_read(bio);
		return -1;
	}
	if (e->stash.len > 0)
		return (int)backlog_take(&e->stash, buf, (size_t)size);
	n = w->in_end - w->in_start;
	if (n > (size_t)size)
		n = (size_t)size;
	memcpy(buf, w->in + w->in_start, n);
	w->in_start += n;
	return (int)n;
}

static enum io
push(struct wire_end *e)
{
	struct wire *w = e->wire;
	size_t len = w->out_len;
	int flags = e->can_wait ? MSG_MORE : 0;

	w->out_len = 0;
	if (len == 0 || e->dead)
		return len == 0 ? IO_OK : IO_ERROR;
	if (plain_push(e->side, &e->out, e->fd, w->out, len, flags) == IO_OK)
		return IO_OK;
	e->dead = true;
	return IO_ERROR;
}

static int
on_write(BIO *bio, const char *buf, int size)
{
	struct wire_end *e = BIO_get_data(bio);
	struct wire *w = e->wire;

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
wire_init(struct wire *w)
{
	*w = (struct wire){ .out_size = OUT_SIZE };
	w->in = malloc(WIRE_IN);
	w->out = malloc(w->out_size);
	w->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "wire");
	if (w->in == NULL || w->out == NULL || w->method == NULL ||
	    BIO_meth_set_read(w->method, on_read) != 1 ||
	    BIO_meth_set_write(w->method, on_write) != 1 ||
	    BIO_meth_set_ctrl(w->method, on_ctrl) != 1) {
		wire_clear(w);
		return -1;
	}
	return 0;
}

void
wire_clear(struct wire *w)
{
	free(w->in);
	free(w->out);
	BIO_meth_free(w->method);
	*w = (struct wire){ 0 };
}

BIO *
wire_bio(struct wire_end *e)
{
	BIO *bio = BIO_new(e->wire->method);

	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, e);
	BIO_set_init(bio, 1);
	return bio;
}

void
wire_begin(struct wire_end *e, size_t limit)
{
	struct wire *w = e->wire;

	/* Somebody else's bytes would be read as ours. */
	assert(w->in_start == w->in_end && w->out_len == 0);
	assert(limit <= WIRE_IN);
	e->receive = limit;
	e->can_wait = false;
}

enum io
wire_end_pass(struct wire_end *e)
{
	struct wire *w = e->wire;
	size_t left = w->in_end - w->in_start;
	bool kept = left == 0 ||
	    backlog_put(&e->stash, w->in + w->in_start, left);

	w->in_start = w->in_end = 0;
	e->receive = 0;
	if (!kept)
		e->dead = true;
	return push(e);
}

void
wire_end_clear(struct wire_end *e)
{
	backlog_clear(&e->out);
	backlog_clear(&e->stash);
}
