/*
 * plain_side.c - a socket as a side: the backend's end of a connection.
 * And the output queue.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "relay/plain_side.h"

static enum io
plain_read(struct side *s, void *buf, size_t size, size_t *n)
{
	struct plain_side *p = (struct plain_side *)s;
	ssize_t got;

	*n = 0;
	do
		got = recv(p->side.fd, buf, size, 0);
	while (got == -1 && errno == EINTR);
	if (got == 0)
		return s->reset ? IO_ERROR : IO_EOF;
	/* A short read has emptied the socket: a second would be in vain. */
	if (got < (ssize_t)size)
		s->ready &= ~SIDE_READ;
	if (got > 0) {
		*n = (size_t)got;
		return IO_OK;
	}
	return errno == EAGAIN || errno == EWOULDBLOCK ? IO_WAIT : IO_ERROR;
}

/*
 * A socket reports an error once, and this write has taken it: later reads will
 * return a false EOF. EPIPE is no such error: the peer had closed before.
 */
static void
note_death(struct side *s)
{
	s->reset |= errno != EPIPE;
}

/* Judges errno after a failed send. */
static bool
must_wait(struct side *s)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return true;
	note_death(s);
	return false;
}

enum io
plain_push(struct side *s, struct outqueue *out, int fd, const void *bytes,
    size_t len, int flags)
{
	ssize_t put = 0;

	if (!s->behind) {
		do
			put = send(fd, bytes, len, MSG_NOSIGNAL | flags);
		while (put == -1 && errno == EINTR);
		if (put == (ssize_t)len)
			return IO_OK;
		if (put == -1 && !must_wait(s))
			return IO_ERROR;
		if (put == -1)
			put = 0;
	}
	s->behind = true;
	s->ready &= ~SIDE_WRITE;
	return outqueue_put(out, (const char *)bytes + put, len - (size_t)put) ?
	    IO_OK : IO_ERROR;
}

static enum io
plain_write(struct side *s, const void *bytes, size_t len)
{
	struct plain_side *p = (struct plain_side *)s;

	return plain_push(s, &p->out, p->side.fd, bytes, len, 0);
}

enum io
plain_catch_up(struct side *s, struct outqueue *out, int fd)
{
	enum io io = outqueue_send(out, fd);

	s->behind = io == IO_WAIT;
	if (io == IO_WAIT)
		s->ready &= ~SIDE_WRITE;
	if (io == IO_ERROR)
		note_death(s);
	return io;
}

static enum io
plain_flush(struct side *s)
{
	struct plain_side *p = (struct plain_side *)s;

	return plain_catch_up(s, &p->out, p->side.fd);
}

/*
 * "Writable" means that at least a third of the socket's buffer is free, and a
 * peer that has received this much before has a buffer of megabytes.
 */
bool
plain_has_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

static bool
plain_room(const struct side *s)
{
	return plain_has_room(s->fd);
}

static enum io
plain_finish(struct side *s)
{
	struct plain_side *p = (struct plain_side *)s;

	return shutdown(p->side.fd, SHUT_WR) == 0 ? IO_OK : IO_ERROR;
}

static size_t
plain_waiting(const struct side *s)
{
	return ((const struct plain_side *)s)->out.len;
}

static void
plain_clear(struct side *s)
{
	outqueue_clear(&((struct plain_side *)s)->out);
	s->behind = false;
}

static const struct side_ops plain_ops = {
	.read = plain_read,
	.write = plain_write,
	.flush = plain_flush,
	.has_room = plain_room,
	.finish = plain_finish,
	.waiting = plain_waiting,
	.clear = plain_clear
};

void
plain_side_init(struct plain_side *p, struct pool *pool, int fd)
{
	*p = (struct plain_side){
		.side = { .ops = &plain_ops, .fd = fd },
		.out = { .pool = pool }
	};
}

/* ------------------------------------------------- output queue ---------- */

#define VECTORS	16		/* buffers given to the kernel at once */

struct outqueue_buffer {
	struct outqueue_buffer *next;
	size_t start, end;	/* waiting bytes are data[start..end) */
	uint8_t data[];
};

#define ROOM	(OUTQUEUE_BUFFER - sizeof(struct outqueue_buffer))

static struct outqueue_buffer *
add_buffer(struct outqueue *b)
{
	struct outqueue_buffer *buf = pool_take(b->pool);

	if (buf == NULL)
		return NULL;
	buf->next = NULL;
	buf->start = buf->end = 0;
	if (b->last == NULL)
		b->first = buf;
	else
		b->last->next = buf;
	b->last = buf;
	return buf;
}

static void
drop_buffer(struct outqueue *b)
{
	struct outqueue_buffer *buf = b->first;

	b->first = buf->next;
	if (b->first == NULL)
		b->last = NULL;
	pool_give(b->pool, buf);
}

/* Forgets the oldest n bytes. */
static void
drop_bytes(struct outqueue *b, size_t n)
{
	b->len -= n;
	while (b->first != NULL) {
		struct outqueue_buffer *buf = b->first;
		size_t here = buf->end - buf->start;

		if (n < here) {
			buf->start += n;
			return;
		}
		n -= here;
		drop_buffer(b);
	}
}

bool
outqueue_put(struct outqueue *b, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;

	while (len > 0) {
		struct outqueue_buffer *buf = b->last;
		size_t n;

		if ((buf == NULL || buf->end == ROOM) &&
		    (buf = add_buffer(b)) == NULL)
			return false;
		n = ROOM - buf->end < len ? ROOM - buf->end : len;
		memcpy(buf->data + buf->end, from, n);
		buf->end += n;
		b->len += n;
		from += n;
		len -= n;
	}
	return true;
}

size_t
outqueue_take(struct outqueue *b, void *bytes, size_t size)
{
	struct outqueue_buffer *buf = b->first;
	size_t n;

	if (buf == NULL)
		return 0;
	n = buf->end - buf->start < size ? buf->end - buf->start : size;
	memcpy(bytes, buf->data + buf->start, n);
	drop_bytes(b, n);
	return n;
}

enum io
outqueue_send(struct outqueue *b, int fd)
{
	while (b->first != NULL) {
		struct iovec v[VECTORS];
		struct msghdr m = { .msg_iov = v };
		ssize_t put;

		for (struct outqueue_buffer *buf = b->first;
		    buf != NULL && m.msg_iovlen < VECTORS; buf = buf->next)
			v[m.msg_iovlen++] = (struct iovec){
			    buf->data + buf->start, buf->end - buf->start };
		put = sendmsg(fd, &m, MSG_NOSIGNAL);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ?
			    IO_WAIT : IO_ERROR;
		drop_bytes(b, (size_t)put);
	}
	return IO_OK;
}

void
outqueue_clear(struct outqueue *b)
{
	while (b->first != NULL)
		drop_buffer(b);
	b->len = 0;
}
