/*
 * outqueue.c - bytes that had to wait, in buffers lent by a pool.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "relay/outqueue.h"

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
