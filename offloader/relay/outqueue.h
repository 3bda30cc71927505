/*
 * outqueue.h - bytes that had to wait, in buffers lent by a pool.
 */
#ifndef OFFLOADER_OUTQUEUE_H
#define OFFLOADER_OUTQUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"
#include "relay/side.h"

#define BACKLOG_BUFFER	16384	/* the size of the pool's buffers */

struct backlog {
	struct pool *pool;	/* borrowed: the worker's */
	struct backlog_buffer *first, *last;
	size_t len;		/* bytes in all */
};

/* Appends a copy. False: out of memory; what was there is still there. */
bool backlog_put(struct backlog *, const void *, size_t);

/* Takes the oldest bytes out, at most size. Returns how many. */
size_t backlog_take(struct backlog *, void *, size_t size);

/* Sends from the front. IO_OK: empty now. IO_WAIT: the socket is full. */
enum io backlog_send(struct backlog *, int fd);

/* Gives every buffer back. */
void backlog_clear(struct backlog *);

#endif
