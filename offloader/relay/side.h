/*
 * side.h - the interface that both ends of a connection implement.
 *
 * A side that is written to takes every byte: what the kernel does not take
 * waits inside. While data waits (behind), nothing is read for this side. So
 * back-pressure, TLS retries and half-close need no code of their own.
 */
#ifndef OFFLOADER_SIDE_H
#define OFFLOADER_SIDE_H

#include <stdbool.h>
#include <stddef.h>

/* What came of one attempt. */
enum io {
	IO_OK,			/* at least one byte moved, or all is done */
	IO_WAIT,		/* nothing now: try again after an event */
	IO_EOF,			/* the peer will send no more */
	IO_ERROR		/* this direction has failed */
};

/* Events; bit masks. */
#define SIDE_READ	1u
#define SIDE_WRITE	2u

struct side {
	const struct side_ops *ops;
	unsigned ready;		/* events the loop saw and no try disproved */
	bool behind;		/* bytes wait inside for the kernel */
	bool holds;		/* bytes inside can be read without an event */
	bool reset;		/* a write met an error reads will not see */
	int fd;			/* of the socket, which the side's owner closes;
				   -1: none yet */
};

struct side_ops {
	/* Reads at most size bytes; takes SIDE_READ out of ready when the
	   kernel has no more. */
	enum io (*read)(struct side *, void *, size_t size, size_t *n);
	/* Takes all of it, or returns IO_ERROR. */
	enum io (*write)(struct side *, const void *, size_t);
	/* Sends what waits inside. IO_OK: all is sent. */
	enum io (*flush)(struct side *);
	/* Whether far more than FLOW_LEAST would go out at once; NULL: it
	   always would. */
	bool (*has_room)(const struct side *);
	/* No more bytes from us. Once, and not while behind; may set it. */
	enum io (*finish)(struct side *);
	/* How many bytes wait inside to be sent. */
	size_t (*waiting)(const struct side *);
	/* Drops what waits inside, and frees what the side has. The socket
	   stays open. */
	void (*clear)(struct side *);
};

#endif
