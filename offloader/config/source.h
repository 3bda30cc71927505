/*
 * source.h - one file being read: its tokens are taken, reported or copied.
 */
#ifndef OFFLOADER_SOURCE_H
#define OFFLOADER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/diagnostics.h"
#include "config/flat.h"
#include "config/option.h"
#include "config/token.h"

struct source {
	struct flat *flat;	/* what is made of it */
	struct diagnostics *diagnostics;
	unsigned file;		/* its number in flat */
	struct tokens at;
};

/* Complains about a line of this file, or about one of the flat text. */
void source_fault(struct source *, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void source_fault_at(struct source *, unsigned flat_line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Which line of the flat text a line of this file is. */
unsigned source_line(const struct source *, unsigned line);

/* Takes the next token. Only this reports the fault of a token. */
struct token source_take(struct source *);

/* True if a mark, or a value on this line, comes next. */
bool source_next_is(const struct source *, char mark);
bool source_next_is_value(const struct source *, unsigned line);

/*
 * Takes the "=" and sees whether the option's kind of value follows. Returns
 * the line that the value must stand on; or complains and returns 0.
 */
unsigned source_take_equals(struct source *, const struct option_row *,
    unsigned line);

/* Takes a title or a file name, if there is one on this line. */
bool source_take_name(struct source *, unsigned line, struct token *);

/*
 * Writes a token of ours, or a value of the file, for libconfuse. A faulty
 * value becomes an empty one, which is not reported again.
 */
void source_put(struct source *, unsigned line, const char *token);
void source_put_value(struct source *, const struct token *);

/* Takes and writes a list: words on this line, or what is in braces. */
void source_put_words(struct source *, unsigned line);
void source_put_list(struct source *);

/* Skips what belongs to a name that was reported. */
void source_skip_rest(struct source *, unsigned line);

#endif
