/*
 * plain_side.h - a socket as a side: the backend's end of a connection.
 * And the output queue, which both kinds of side have.
 */
#ifndef OFFLOADER_PLAIN_SIDE_H
#define OFFLOADER_PLAIN_SIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "relay/side.h"

#define OUTQUEUE_BUFFER	16384	/* the size of the pool's buffers */

/* Bytes that had to wait, in buffers lent by a pool. */
struct outqueue {
	struct pool *pool;	/* borrowed: the worker's */
	struct outqueue_buffer *first, *last;
	size_t len;		/* bytes in all */
};

/* Appends a copy. False: out of memory; what was there is still there. */
bool outqueue_put(struct outqueue *, const void *, size_t);

/* Takes the oldest bytes out, at most size. Returns how many. */
size_t outqueue_take(struct outqueue *, void *, size_t size);

/* Sends from the front. IO_OK: empty now. IO_WAIT: the socket is full. */
enum io outqueue_send(struct outqueue *, int fd);

/* Gives every buffer back. */
void outqueue_clear(struct outqueue *);

struct plain_side {
	struct side side;
	struct outqueue out;
};

/* The socket must not block. It may still be connecting: writes wait. */
void plain_side_init(struct plain_side *, struct pool *, int fd);

/*
 * One send() for what is at hand, the rest behind: what both kinds of side do
 * with bytes that are ready for the wire. The flags are send()'s. IO_OK or
 * IO_ERROR.
 */
enum io plain_push(struct side *, struct outqueue *, int fd, const void *,
    size_t, int flags);

/* And the flush of both kinds. IO_OK: all is sent. */
enum io plain_catch_up(struct side *, struct outqueue *, int fd);

/* True if the kernel would take a scratch full of bytes now. */
bool plain_has_room(int fd);

#endif
