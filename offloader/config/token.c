/*
 * token.c - a configuration's text, one token at a time.
 *
 * Comments begin with #, // or slash-star where a token could begin (a path
 * may have two slashes in it; only # also ends a word). Between quotes, double
 * or single, every byte is itself, as in hitch.conf: no escapes, no ${}. A
 * string ends on its line: one that is left open is then reported on its
 * line, not at the end of the file.
 */
#include <string.h>

#include "config/token.h"

#define LONGEST	65536	/* libconfuse's time grows by the square */

/* What ends a word, NUL included. */
static const char word_ends[] = " \t\r\n\f\v#\"'{}()=,";

void
tokens_begin(struct tokens *t, const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";

	t->at = text;
	t->end = text + len;
	t->line = 1;
	if (len >= 3 && memcmp(text, mark, 3) == 0)
		t->at += 3;
}

static bool
looking_at(const struct tokens *t, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(t->end - t->at) >= n && memcmp(t->at, what, n) == 0;
}

static void
skip_line(struct tokens *t)
{
	const char *nl = memchr(t->at, '\n', (size_t)(t->end - t->at));

	t->at = nl != NULL ? nl : t->end;
}

/* Returns a sentence if the comment has no end. */
static const char *
skip_block(struct tokens *t)
{
	for (t->at += 2; t->at < t->end; t->at++) {
		if (looking_at(t, "*/")) {
			t->at += 2;
			return NULL;
		}
		if (*t->at == '\n')
			t->line++;
	}
	return "the comment that begins here is not closed";
}

/* Passes blanks and comments over. */
static const char *
skip(struct tokens *t)
{
	const char *fault;

	while (t->at < t->end) {
		if (looking_at(t, "#") || looking_at(t, "//"))
			skip_line(t);
		else if (looking_at(t, "/*")) {
			const unsigned begin = t->line;

			if ((fault = skip_block(t)) != NULL) {
				t->line = begin;
				return fault;
			}
		} else if (*t->at == '\0' ||
		    strchr(" \t\r\n\f\v", *t->at) == NULL)
			break;
		else if (*t->at++ == '\n')
			t->line++;
	}
	return NULL;
}

static const char *
fault_in(const char *at, size_t len)
{
	if (len > LONGEST)
		return "a word or string is longer than 65536 bytes";
	for (; len > 0; at++, len--)
		if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7f)
			return "unexpected control character";
	return NULL;
}

static void
take_string(struct tokens *t, struct token *k)
{
	const char quote = *t->at++;

	k->kind = TOKEN_STRING;
	for (k->at = t->at; t->at < t->end; t->at++) {
		if (*t->at == quote) {
			k->len = (size_t)(t->at++ - k->at);
			k->fault = fault_in(k->at, k->len);
			return;
		}
		if (*t->at == '\n')
			break;
	}
	k->fault = "the string is not closed on this line";
}

static void
take_word(struct tokens *t, struct token *k)
{
	k->kind = TOKEN_WORD;
	/* strchr() finds its own NUL too, so that one ends the word. */
	for (k->at = t->at; t->at < t->end && !looking_at(t, "+="); t->at++)
		if (strchr(word_ends, *t->at) != NULL)
			break;
	k->len = (size_t)(t->at - k->at);
	k->fault = fault_in(k->at, k->len);
}

struct token
tokens_next(struct tokens *t)
{
	struct token k = { .kind = TOKEN_END };

	k.fault = skip(t);
	k.line = t->line;
	k.at = t->at;
	if (k.fault != NULL || t->at == t->end)
		return k;
	if (*t->at == '\0') {
		k.fault = "NUL byte: this is not a text file";
		t->at = t->end;
	} else if (*t->at == '"' || *t->at == '\'')
		take_string(t, &k);
	else if (looking_at(t, "+=") || strchr("{}()=,", *t->at) != NULL) {
		k.kind = TOKEN_MARK;
		k.len = *t->at == '+' ? 2 : 1;
		t->at += k.len;
	} else
		take_word(t, &k);
	return k;
}

struct token
tokens_peek(const struct tokens *t)
{
	struct tokens copy = *t;

	return tokens_next(&copy);
}

bool
token_is_mark(const struct token *k, char c)
{
	return k->kind == TOKEN_MARK && k->at[0] == c;
}
