/*
 * reader.c - text before libconfuse sees it.
 *
 * What comes out has no comments, one "=" before every value, single quotes
 * around every value, and no second value of an option that takes one:
 *
 *	tls-protos = TLSv1.2 TLSv1.3	tls-protos = { 'TLSv1.2' , 'TLSv1.3' }
 *	frontend = "[*]:443"		frontend { address = '[*]:443' }
 *	frontend = { port = 443 }	frontend { address = '' port = '443' }
 *	pem-file "a" { }		pem-file { cert = 'a' }
 *
 * The empty address holds the place where the block begins.
 */
#include <stdlib.h>
#include <string.h>

#include "config/blocks.h"
#include "config/include.h"
#include "config/source.h"
#include "config/suggest.h"
#include "config/reader.h"

#define DEPTH		10	/* of files that include files */
#define NAME		64	/* longest name that is compared */

struct reading {
	struct source source;	/* the file being read */
	unsigned files_deep;	/* 1: nothing included it; 0: it is a text */
	struct include include;	/* what was read so far */
	struct blocks blocks;	/* that are open */
	bool stop;		/* reading on makes no sense */
};

static void include_file(struct reading *, const char *, unsigned);

/* Whether an option that takes one value has none yet in this block. */
static bool
first_time(struct reading *r, const struct option_row *o, unsigned line)
{
	struct source *s = &r->source;
	char where[PLACE_TEXT];
	unsigned before = blocks_seen(&r->blocks, o, source_line(s, line));

	if (before == 0)
		return true;
	source_fault(s, line, "%s: already set at %s", o->name,
	    flat_where(s->flat, before, where, sizeof where));
	return false;
}

static void
read_option(struct reading *r, const struct option_row *o, unsigned line)
{
	struct source *s = &r->source;
	struct token k;
	unsigned value = 0;

	if (o->cli_only)
		source_fault(s, line, "%s: only allowed on the command line",
		    o->name);
	else
		value = source_take_equals(s, o, line);
	if (value == 0 || (!o->repeats && !first_time(r, o, line))) {
		source_skip_rest(s, value != 0 ? value : line);
		return;
	}
	source_put(s, line, o->name);
	flat_put(s->flat, o->repeats ? "+=" : "=");
	if (source_next_is(s, '{'))
		source_put_list(s);
	else if (o->kind == OPTION_WORDS)
		source_put_words(s, value);
	else {
		k = source_take(s);
		source_put_value(s, &k);
	}
}

static void
begin_block(struct reading *r, const struct option_row *o,
    const struct token *title, unsigned line)
{
	struct source *s = &r->source;

	source_put(s, line, o->name);
	flat_put(s->flat, "{");
	blocks_push(&r->blocks, o->inside, o->name, source_line(s, line));
	source_put(s, line, o->brief);
	flat_put(s->flat, "= ''");
	if (title != NULL) {
		first_time(r, option_look(o->inside, o->title, NULL), line);
		source_put(s, line, o->title);
		flat_put(s->flat, "=");
		source_put_value(s, title);
	}
}

/* "NAME = value", "NAME [=] {" or "NAME [=] title {". */
static void
read_section(struct reading *r, const struct option_row *o, unsigned line)
{
	struct source *s = &r->source;
	struct token k;
	bool equals = source_next_is(s, '=');
	unsigned value = line;

	if (blocks_another(&r->blocks, o) == o->max + 1) {
		source_fault(s, line, "%s: may be given at most %ld times",
		    o->name, o->max);
		r->stop = true;
		return;
	}
	if (equals)
		value = source_take(s).line;
	if (source_next_is(s, '{')) {
		source_take(s);
		begin_block(r, o, NULL, line);
	} else if (!source_take_name(s, value, &k)) {
		source_fault(s, line, "%s: no value or block on this "
		    "line", o->name);
		source_skip_rest(s, value);
	} else if (source_next_is(s, '{')) {
		source_take(s);
		begin_block(r, o, &k, line);
	} else if (!equals)
		source_fault(s, line, "%s: \"=\" is missing", o->name);
	else if (k.len > 0) {
		source_put(s, line, o->name);
		flat_put(s->flat, "{");
		flat_put(s->flat, o->brief);
		flat_put(s->flat, "=");
		source_put_value(s, &k);
		flat_put(s->flat, "}");
	}
}

/* include "x", include = "x" or include("x"). */
static void
read_include(struct reading *r, unsigned line)
{
	struct source *s = &r->source;
	char *pattern;
	struct token k;
	bool bracket = source_next_is(s, '(');

	if (bracket || source_next_is(s, '='))
		source_take(s);
	if (!source_take_name(s, line, &k)) {
		source_fault(s, line, "include: no file name on this line");
		source_skip_rest(s, line);
		return;
	}
	if (bracket && !source_next_is(s, ')'))
		source_fault(s, line, "include: \")\" is missing");
	else if (bracket)
		source_take(s);
	if (k.fault != NULL)
		return;
	if ((pattern = strndup(k.at, k.len)) == NULL)
		s->flat->failed = true;
	else
		include_file(r, pattern, line);
	free(pattern);
}

static void
end_block(struct reading *r, unsigned floor, unsigned line)
{
	if (r->blocks.depth == floor) {
		source_fault(&r->source, line, "unmatched \"}\"");
		return;
	}
	source_put(&r->source, line, "}");
	r->blocks.depth--;
}

static void
read_statement(struct reading *r, const struct token *k)
{
	struct source *s = &r->source;
	const struct option_part *scope = blocks_top(&r->blocks)->scope;
	const struct option_row *o;
	char name[NAME], why[2 * NAME];

	snprintf(name, sizeof name, "%.*s", (int)k->len, k->at);
	o = option_look(scope, name, NULL);
	if (k->fault != NULL)
		source_skip_rest(s, k->line);
	else if (k->kind != TOKEN_WORD) {
		source_fault(s, k->line, "\"%s\" instead of an option name",
		    name);
		source_skip_rest(s, k->line);
	} else if (strcmp(name, "include") == 0)
		read_include(r, k->line);
	else if (o == NULL) {
		suggest(r->blocks.block[0].scope, scope, name, why, sizeof why);
		source_fault(s, k->line, "%s: %s", name, why);
		source_skip_rest(s, k->line);
	} else if (o->kind == OPTION_SECTION)
		read_section(r, o, k->line);
	else
		read_option(r, o, k->line);
}

/* Reads one file's text. What it opens it must close. */
static void
read_text(struct reading *r, const char *text, size_t len)
{
	struct source *s = &r->source;
	const unsigned floor = r->blocks.depth;
	const struct block *open;
	struct token k;

	tokens_begin(&s->at, text, len);
	for (;;) {
		if (diagnostics_enough(s->diagnostics) || s->flat->failed)
			r->stop = true;
		if (r->stop || (k = source_take(s)).kind == TOKEN_END)
			break;
		if (token_is_mark(&k, '}'))
			end_block(r, floor, k.line);
		else
			read_statement(r, &k);
	}
	for (; r->blocks.depth > floor; r->blocks.depth--) {
		open = blocks_top(&r->blocks);
		if (!r->stop)
			source_fault_at(s, open->line, "%s: the block that "
			    "begins here is not closed", open->name);
		flat_put(s->flat, "}");
	}
}

/* Puts one file in the place of "include", then goes on after it. */
static void
read_included(struct reading *r, const char *path, unsigned line)
{
	struct source *s = &r->source;
	const unsigned file = s->file;
	const struct tokens at = s->at;
	size_t len;
	struct err e;
	char *text;

	if ((text = include_read(&r->include, path, &len, &e)) == NULL) {
		source_fault(s, line, "include: %s: %s", path, e.text);
		if (e.kind != ERR_NO_FILE)
			r->stop = true;
		return;
	}
	s->file = flat_file(s->flat, path);
	r->files_deep++;
	read_text(r, text, len);
	r->files_deep--;
	s->file = file;
	s->at = at;
	free(text);
}

static void
include_file(struct reading *r, const char *pattern, unsigned line)
{
	struct source *s = &r->source;
	struct err e;
	glob_t g;

	if (r->files_deep == 0) {
		source_fault(s, line, "include: not allowed here");
		return;
	}
	if (r->files_deep == DEPTH) {
		source_fault(s, line, "include: files are nested too deeply");
		r->stop = true;		/* they might do so in a circle */
		return;
	}
	if (include_find(s->flat->files[s->file], pattern, &g, &e) != 0) {
		source_fault(s, line, "include: %s: %s", pattern, e.text);
		return;
	}
	for (size_t i = 0; i < g.gl_pathc && !r->stop; i++)
		read_included(r, g.gl_pathv[i], line);
	globfree(&g);
}

/* What both ways of reading have in common. */
static int
read_all(struct reading *r, const char *name, const char *text, size_t len,
    const struct option_part *scope)
{
	struct source *s = &r->source;

	if (flat_begin(s->flat) == 0) {
		s->file = flat_file(s->flat, name);
		blocks_push(&r->blocks, scope, "", 0);
		if (!s->flat->failed)
			read_text(r, text, len);
		if (flat_end(s->flat) == 0)
			return r->stop ? -1 : 0;
	}
	diagnostics_add(s->diagnostics, ERR_OS, PLACE_WHOLE, name,
	    "out of memory");
	return -1;
}

int
reader_file(struct flat *f, const char *path, const struct option_part *scope,
    struct diagnostics *c)
{
	struct reading r = { .source = { .flat = f, .diagnostics = c },
	    .files_deep = 1 };
	struct err e;
	char *text;
	size_t len;
	int result;

	*f = (struct flat){ 0 };
	if ((text = include_read(&r.include, path, &len, &e)) == NULL) {
		diagnostics_add(c, e.kind, PLACE_WHOLE, path, "%s", e.text);
		return -1;
	}
	result = read_all(&r, path, text, len, scope);
	free(text);
	return result;
}

int
reader_text(struct flat *f, const char *name, const char *text, size_t len,
    const struct option_part *scope, struct diagnostics *c)
{
	struct reading r = { .source = { .flat = f, .diagnostics = c } };

	return read_all(&r, name, text, len, scope);
}
