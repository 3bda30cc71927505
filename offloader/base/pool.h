/*
 * pool.h - lends equal-sized buffers, and keeps a few at hand.
 */
#ifndef OFFLOADER_POOL_H
#define OFFLOADER_POOL_H

#include <stddef.h>

struct pool {
	size_t size;		/* of each buffer; at least a pointer's */
	unsigned keep;		/* at most so many unused ones */
	unsigned n_free;
	struct pool_free *free;
};

void *pool_take(struct pool *);		/* NULL: out of memory */
void pool_give(struct pool *, void *);	/* takes NULL */

/* Frees what is unused; what is lent stays lent. */
void pool_empty(struct pool *);

#endif
