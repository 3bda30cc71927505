/*
 * bank.h - what a pool has lent, and whether there is memory to lend more.
 *
 * For tests that link bank.c with --wrap=pool_take and --wrap=pool_give.
 */
#ifndef TEST_BANK_H
#define TEST_BANK_H

struct bank {
	int lent;
	int may_lend;		/* so many more; -1: for ever */
};

extern struct bank bank;

#endif
