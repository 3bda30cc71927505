/*
 * blocks.c - the open blocks of a file, and the options set in them so far.
 */
#include <assert.h>

#include "config/blocks.h"

struct block *
blocks_top(struct blocks *b)
{
	return &b->block[b->depth - 1];
}

void
blocks_push(struct blocks *b, const struct option_part *scope,
    const char *name, unsigned line)
{
	struct block *new;

	assert(b->depth < BLOCKS_DEEP);	/* the tables nest no deeper */
	new = &b->block[b->depth++];
	new->scope = scope;
	new->name = name;
	new->line = line;
	new->n_seen = 0;
}

unsigned
blocks_seen(struct blocks *b, const struct option_row *o, unsigned line)
{
	struct block *top = blocks_top(b);

	for (size_t i = 0; i < top->n_seen; i++)
		if (top->seen[i].row == o)
			return top->seen[i].line;
	assert(top->n_seen < OPTION_MAX);	/* each row once */
	top->seen[top->n_seen].row = o;
	top->seen[top->n_seen++].line = line;
	return 0;
}

long
blocks_another(struct blocks *b, const struct option_row *section)
{
	unsigned i = 0;

	while (b->met[i].inside != NULL && b->met[i].inside != section->inside)
		i++;
	assert(i < BLOCKS_DEEP);	/* fewer kinds than levels */
	b->met[i].inside = section->inside;
	return ++b->met[i].n;
}
