/*
 * pool.c - lends equal-sized buffers, and keeps a few at hand.
 *
 * The last one returned is lent first: it is still in the CPU's cache.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/pool.h"

/* An unused buffer's first bytes hold the way to the next one. */
struct pool_free {
	struct pool_free *next;
};

void *
pool_take(struct pool *p)
{
	struct pool_free *f = p->free;

	assert(p->size >= sizeof *f);
	if (f == NULL)
		return malloc(p->size);
	p->free = f->next;
	p->n_free--;
	return f;
}

void
pool_give(struct pool *p, void *buf)
{
	struct pool_free *f = buf;

	if (f == NULL)
		return;
	if (p->n_free >= p->keep) {
		free(f);
		return;
	}
	f->next = p->free;
	p->free = f;
	p->n_free++;
}

void
pool_empty(struct pool *p)
{
	while (p->free != NULL)
		free(pool_take(p));
}
