/*
 * outqueue.h - bytes that had to wait, in buffers lent by a pool.
 */
#ifndef OFFLOADER_OUTQUEUE_H
#define OFFLOADER_OUTQUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "relay/side.h"

#define OUTQUEUE_BUFFER	16384	/* the size of the pool's buffers */

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

#endif
