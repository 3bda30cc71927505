/*
 * fake_pool.h - how many buffers of a pool are in use, and when memory
 * runs out.
 *
 * For tests that link fake_pool.c with --wrap=pool_take and --wrap=pool_give.
 */
#ifndef TEST_FAKE_POOL_H
#define TEST_FAKE_POOL_H

struct fake_pool {
	int in_use;
	int may_take;		/* so many more; -1: for ever */
};

extern struct fake_pool fake_pool;

#endif
