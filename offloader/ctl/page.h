/*
 * page.h - what top shows of two looks at the same offloader.
 */
#ifndef OFFLOADER_PAGE_H
#define OFFLOADER_PAGE_H

#include "ctl/figures.h"

struct page {
	unsigned looks;
	char *status;			/* what the master says of itself */
	struct figures now, before;
	double at, since;		/* when they were looked at */
};

/* A newer look in place of the older one. Takes both over. */
void page_turn(struct page *, char *status, const struct figures *,
    double time);

/* In lines; after one look there are few. To be freed. NULL: no memory. */
char *page_text(const struct page *);

void page_clear(struct page *);

#endif
