/*
 * text.c - the text of a configuration: its files, and their tokens.
 *
 * Files that include each other would go on for ever, and a device never ends:
 * the limits hold for all files of one configuration together.
 *
 * Comments begin with #, // or slash-star where a token could begin (a path
 * may have two slashes in it; only # also ends a word). Between quotes, double
 * or single, every byte is itself, as in hitch.conf: no escapes, no ${}. A
 * string ends on its line: one that is left open is then reported on its
 * line, not at the end of the file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/text.h"

#define MAX_BYTES	((size_t)16 << 20)
#define MAX_FILES	65536
#define CHUNK		4096

#define LONGEST	65536	/* more than any option takes */

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
skip_blanks(struct tokens *t)
{
	const char *fault;

	while (t->at < t->end) {
		if (looking_at(t, "#") || looking_at(t, "//"))
			while (t->at < t->end && *t->at != '\n')
				t->at++;
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

	k.fault = skip_blanks(t);
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
		k.kind = *t->at;
		k.len = *t->at == '+' ? 2 : 1;
		t->at += k.len;
	} else
		take_word(t, &k);
	return k;
}

bool
token_is_value(const struct token *k)
{
	return k->kind == TOKEN_WORD || k->kind == TOKEN_STRING;
}

/* Reads to the end, at most max bytes and one more. NULL: out of memory. */
static char *
read_all(FILE *f, size_t max, size_t *len)
{
	size_t room = 0, got = 1;
	char *text = NULL, *more;

	for (*len = 0; got > 0 && *len <= max; *len += got) {
		if (*len == room) {
			room = room > 0 ? 2 * room : CHUNK;
			if ((more = realloc(text, room)) == NULL) {
				free(text);
				return NULL;
			}
			text = more;
		}
		got = fread(text + *len, 1, room - *len, f);
	}
	return text;
}

char *
text_read(struct text_limits *in, const char *path, size_t *len,
    struct err *e)
{
	char *text = NULL;
	FILE *f = NULL;

	if (++in->files > MAX_FILES)
		err_set(e, "the configuration has more than %d files",
		    MAX_FILES);
	else if ((f = fopen(path, "re")) == NULL)
		err_set_kind(e, ERR_NO_FILE, "%s", strerror(errno));
	else if ((text = read_all(f, MAX_BYTES - in->bytes, len)) == NULL)
		err_memory(e, NULL);
	else if (*len > MAX_BYTES - in->bytes)
		err_set(e, "the configuration is longer than %zu bytes",
		    MAX_BYTES);
	else if (ferror(f))
		err_set_kind(e, ERR_NO_FILE, "%s", strerror(errno));
	else {
		fclose(f);
		in->bytes += *len;
		return text;
	}
	if (f != NULL)
		fclose(f);
	free(text);
	return NULL;
}

int
text_find(const char *from, const struct token *name, glob_t *g,
    struct err *e)
{
	const char *slash = strrchr(from, '/');
	const int dir = slash == NULL || *name->at == '/' ? 0 :
	    (int)(slash + 1 - from);
	char *path;
	int flags = 0, r;

	if (asprintf(&path, "%.*s%.*s", dir, from, (int)name->len,
	    name->at) < 0)
		return err_memory(e, NULL);
	/* A directory's name is no pattern, but glob() would take it as one. */
	if (strpbrk(path + dir, "*?[") == NULL)
		flags = GLOB_NOCHECK | GLOB_NOMAGIC;
	r = glob(path, flags, NULL, g);
	free(path);
	if (r == GLOB_NOMATCH)
		*g = (glob_t){ .gl_pathc = 0 };
	else if (r == GLOB_NOSPACE)
		return err_memory(e, NULL);
	else if (r != 0)
		return err_set(e, "%s", strerror(errno));
	return 0;
}
