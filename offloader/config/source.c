/*
 * source.c - one file being read: its tokens are taken, reported or copied.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/source.h"

#define LIST_MAX	100	/* more than any option takes */

unsigned
source_line(const struct source *s, unsigned line)
{
	return flat_at(s->flat, s->file, line);
}

__attribute__((format(printf, 3, 0))) static void
complain(struct source *s, unsigned flat_line, const char *fmt, va_list ap)
{
	char text[400], where[PLACE_TEXT];

	vsnprintf(text, sizeof text, fmt, ap);
	diagnostics_add(s->diagnostics, ERR_CONFIG, flat_line,
	    flat_where(s->flat, flat_line, where, sizeof where), "%s", text);
}

void
source_fault(struct source *s, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(s, source_line(s, line), fmt, ap);
	va_end(ap);
}

void
source_fault_at(struct source *s, unsigned flat_line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(s, flat_line, fmt, ap);
	va_end(ap);
}

struct token
source_take(struct source *s)
{
	struct token k = tokens_next(&s->at);

	if (k.fault != NULL)
		source_fault(s, k.line, "%s", k.fault);
	return k;
}

bool
source_next_is(const struct source *s, char mark)
{
	struct token k = tokens_peek(&s->at);

	return token_is_mark(&k, mark);
}

static bool
is_value(const struct token *k)
{
	return k->kind == TOKEN_WORD || k->kind == TOKEN_STRING;
}

/*
 * A value is on the line of its option, or it is the name of the next option. A
 * word with "=" or "{" after it is always a name.
 */
bool
source_next_is_value(const struct source *s, unsigned line)
{
	struct tokens at = s->at;
	struct token after, k = tokens_next(&at);

	if (!is_value(&k) || k.line != line)
		return false;
	after = tokens_peek(&at);
	return k.kind == TOKEN_STRING || after.kind != TOKEN_MARK ||
	    strchr("=+{", after.at[0]) == NULL;
}

unsigned
source_take_equals(struct source *s, const struct option_row *o, unsigned line)
{
	if (!source_next_is(s, '=')) {
		source_fault(s, line, "%s: \"=\" is missing", o->name);
		return 0;
	}
	line = source_take(s).line;
	if (source_next_is(s, '{') && o->kind != OPTION_WORDS)
		source_fault(s, line, "%s: takes one value", o->name);
	else if (source_next_is(s, '{') || source_next_is_value(s, line))
		return line;
	else
		source_fault(s, line, "%s: no value on this line",
		    o->name);
	return 0;
}

bool
source_take_name(struct source *s, unsigned line, struct token *k)
{
	*k = tokens_peek(&s->at);
	if (!is_value(k) || k->line != line)
		return false;
	source_take(s);
	return true;
}

void
source_put(struct source *s, unsigned line, const char *token)
{
	source_line(s, line);
	flat_put(s->flat, token);
}

void
source_put_value(struct source *s, const struct token *k)
{
	source_line(s, k->line);
	flat_quote(s->flat, k->at, k->fault == NULL ? k->len : 0);
}

/* Passes over a block whose "{" was taken, whatever is in it. */
static void
skip_block(struct source *s, unsigned line)
{
	const unsigned begin = source_line(s, line);
	unsigned depth = 1;
	struct token k;

	while (depth > 0) {
		k = source_take(s);
		if (k.kind == TOKEN_END) {
			source_fault_at(s, begin, "the block that begins here "
			    "is not closed");
			return;
		}
		if (token_is_mark(&k, '{'))
			depth++;
		else if (token_is_mark(&k, '}'))
			depth--;
	}
}

void
source_skip_rest(struct source *s, unsigned line)
{
	struct token k;

	while (source_next_is(s, '=') || source_next_is(s, '+') ||
	    source_next_is(s, ',') || source_next_is_value(s, line))
		source_take(s);
	if (source_next_is(s, '{')) {
		k = source_take(s);
		skip_block(s, k.line);
	}
}

/* One word or several on a line, with or without commas between them. */
void
source_put_words(struct source *s, unsigned line)
{
	struct token k;
	unsigned n = 0;

	flat_put(s->flat, "{");
	do {
		k = source_take(s);
		if (n++ > 0)
			flat_put(s->flat, ",");
		source_put_value(s, &k);
		if (source_next_is(s, ','))
			source_take(s);
	} while (n < LIST_MAX && source_next_is_value(s, line));
	if (n == LIST_MAX) {
		source_fault(s, line, "the list is too long: %u values or "
		    "more", n);
		source_skip_rest(s, line);
	}
	flat_put(s->flat, "}");
}

static void
put_mark(struct source *s, const struct token *k)
{
	char mark[3];

	snprintf(mark, sizeof mark, "%.*s", (int)k->len, k->at);
	source_put(s, k->line, mark);
	if (token_is_mark(k, '{') && source_next_is(s, '}'))
		flat_put(s->flat, "''");
}

/* A list in braces goes as it is: libconfuse knows how lists look. */
void
source_put_list(struct source *s)
{
	struct token k;
	unsigned n = 0;

	do {
		k = source_take(s);
		if (k.kind == TOKEN_END)
			source_fault(s, k.line, "a list is not closed");
		else if (k.kind == TOKEN_MARK)
			put_mark(s, &k);
		else {
			source_put_value(s, &k);
			n++;
		}
	} while (n < LIST_MAX && k.kind != TOKEN_END &&
	    !token_is_mark(&k, '}'));
	if (n == LIST_MAX) {
		source_fault(s, k.line, "the list is too long: %u values or "
		    "more", n);
		skip_block(s, k.line);
		flat_put(s->flat, "}");
	}
}
