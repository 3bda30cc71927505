/*
 * blocks.h - the open blocks of a file, and the options set in them so far.
 */
#ifndef OFFLOADER_BLOCKS_H
#define OFFLOADER_BLOCKS_H

#include <stddef.h>

#include "config/option.h"

#define BLOCKS_DEEP	3	/* top, frontend, pem-file */

struct block {
	const struct option_part *scope;
	const char *name;
	unsigned line;		/* of the flat text, where it begins */
	size_t n_seen;
	struct {
		const struct option_row *row;
		unsigned line;	/* the same */
	} seen[OPTION_MAX];
};

struct blocks {
	struct block block[BLOCKS_DEEP];
	unsigned depth;
	struct {
		const struct option_part *inside;
		long n;
	} met[BLOCKS_DEEP];	/* how many of a kind, in all files */
};

struct block *blocks_top(struct blocks *);
void blocks_push(struct blocks *, const struct option_part *, const char *name,
    unsigned line);

/*
 * The line where the innermost block has the option already; 0: it had not,
 * and now it has it at this line.
 */
unsigned blocks_seen(struct blocks *, const struct option_row *, unsigned line);

/* Counts one more block of this kind. */
long blocks_another(struct blocks *, const struct option_row *);

#endif
