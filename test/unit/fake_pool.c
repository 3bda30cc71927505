/*
 * fake_pool.c - how many buffers of a pool are in use, and when memory
 * runs out.
 */
#include "base/pool.h"
#include "fake_pool.h"

struct fake_pool fake_pool = { .may_take = -1 };

void *__real_pool_take(struct pool *);
void __real_pool_give(struct pool *, void *);
void *__wrap_pool_take(struct pool *);
void __wrap_pool_give(struct pool *, void *);

void *
__wrap_pool_take(struct pool *p)
{
	if (fake_pool.may_take == 0)
		return NULL;
	if (fake_pool.may_take > 0)
		fake_pool.may_take--;
	fake_pool.in_use++;
	return __real_pool_take(p);
}

void
__wrap_pool_give(struct pool *p, void *buf)
{
	if (buf != NULL)
		fake_pool.in_use--;
	__real_pool_give(p, buf);
}
