/*
 * bank.c - what a pool has lent, and whether there is memory to lend more.
 */
#include "bank.h"
#include "base/pool.h"

struct bank bank = { .may_lend = -1 };

void *__real_pool_take(struct pool *);
void __real_pool_give(struct pool *, void *);
void *__wrap_pool_take(struct pool *);
void __wrap_pool_give(struct pool *, void *);

void *
__wrap_pool_take(struct pool *p)
{
	if (bank.may_lend == 0)
		return NULL;
	if (bank.may_lend > 0)
		bank.may_lend--;
	bank.lent++;
	return __real_pool_take(p);
}

void
__wrap_pool_give(struct pool *p, void *buf)
{
	if (buf != NULL)
		bank.lent--;
	__real_pool_give(p, buf);
}
