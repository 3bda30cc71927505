/*
 * pool.h - allocates buffers of one size, and keeps a few free ones.
 */
#ifndef OFFLOADER_POOL_H
#define OFFLOADER_POOL_H

#include <stddef.h>

struct pool {
	size_t size;		/* of each buffer; at least a pointer's */
	unsigned keep;		/* most free ones to keep */
	unsigned n_free;
	struct pool_free *free;
};

void *pool_take(struct pool *);		/* NULL: out of memory */
void pool_give(struct pool *, void *);	/* takes NULL */

/* Frees the free buffers; those in use stay valid. */
void pool_empty(struct pool *);

#endif
