/*
 * pool.c - allocates buffers of one size, and keeps a few free ones.
 *
 * The buffer freed last is used first: it is still in the CPU's cache.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/pool.h"

/* The first bytes of a free buffer point to the next one. */
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
