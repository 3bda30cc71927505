/*
 * token.h - a configuration's text, one token at a time.
 */
#ifndef OFFLOADER_TOKEN_H
#define OFFLOADER_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,		/* of the text */
	TOKEN_WORD,		/* without quotes */
	TOKEN_STRING,		/* at, len: the text between the quotes */
	TOKEN_MARK		/* one of { } ( ) = , or += */
};

struct token {
	enum token_kind kind;
	const char *at;		/* borrowed from the text */
	size_t len;
	unsigned line;
	const char *fault;	/* a sentence, or NULL: nothing wrong with it */
};

/* A position in a text. A copy of it is a place to come back to. */
struct tokens {
	const char *at, *end;
	unsigned line;
};

/* Begins; a byte order mark is passed over. The text must stay. */
void tokens_begin(struct tokens *, const char *text, size_t len);

/* Takes the next one, or only looks at it. */
struct token tokens_next(struct tokens *);
struct token tokens_peek(const struct tokens *);

bool token_is_mark(const struct token *, char);

#endif
