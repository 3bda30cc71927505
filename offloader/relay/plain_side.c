/*
 * plain_side.c - a socket as a side: the backend's end of a connection.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

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
