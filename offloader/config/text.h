/*
 * text.h - the text of a configuration: its files, and their tokens.
 */
#ifndef OFFLOADER_TEXT_H
#define OFFLOADER_TEXT_H

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* One of these, or the mark itself: { } ( ) = , or + for "+=". */
enum { TOKEN_END = 0, TOKEN_WORD = 'w', TOKEN_STRING = 's' };

struct token {
	char kind;
	const char *at;		/* borrowed; of a string what is in quotes */
	size_t len;
	unsigned line;
	const char *fault;	/* a message, or NULL */
};

/* A position in a text. A copy of it is a place to come back to. */
struct tokens {
	const char *at, *end;
	unsigned line;
};

/* Begins, after a byte order mark if there is one. The text must stay. */
void tokens_begin(struct tokens *, const char *text, size_t len);

/* Takes the next one. */
struct token tokens_next(struct tokens *);

/* True for a word or a string. */
bool token_is_value(const struct token *);

/* What has been read so far; begins zeroed. */
struct text_limits {
	size_t bytes;
	unsigned files;
};

/* Reads a whole file, which the caller frees. NULL: an error message. */
char *text_read(struct text_limits *, const char *path, size_t *len,
    struct err *);

/*
 * Which files "include NAME" in the file FROM means: relative names begin where
 * FROM is. A pattern may match nothing; a plain name is always one file, there
 * or not. The caller calls globfree() unless it is -1.
 */
int text_find(const char *from, const struct token *name, glob_t *,
    struct err *);

#endif
