/*
 * flat.h - one text out of many files, that knows where each line came from.
 */
#ifndef OFFLOADER_FLAT_H
#define OFFLOADER_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PLACE_TEXT	512	/* "FILE:LINE" and its NUL, cut if longer */

struct flat_line {
	unsigned file, line;	/* where it came from */
};

struct flat {
	char *text;		/* valid after flat_end() */
	size_t len;
	FILE *out;
	struct flat_line *lines;	/* of text, from its line 1 on */
	size_t n_lines;
	char **files;
	size_t n_files;
	bool failed;		/* out of memory; flat_end() says so */
};

/* Begins one, zeroed. -1: out of memory. */
int flat_begin(struct flat *);

/* Adds a file's name. Returns its number. */
unsigned flat_file(struct flat *, const char *name);

/*
 * Sees to it that what comes next counts as this line of this file. Returns
 * the line of the flat text that it goes to.
 */
unsigned flat_at(struct flat *, unsigned file, unsigned line);

/* Adds a token; or a string, quoted so that libconfuse takes it as it is. */
void flat_put(struct flat *, const char *token);
void flat_quote(struct flat *, const char *bytes, size_t len);

/* 0, or -1 if anything of it was lost. */
int flat_end(struct flat *);

/* "FILE:LINE" of a line of the flat text. Returns out. */
char *flat_where(const struct flat *, unsigned flat_line, char *out,
    size_t size);

void flat_free(struct flat *);

#endif
