/*
 * reader.c - configuration files, read into a conf statement by statement.
 *
 * libconfuse 3.3 counts lines wrongly after comments, accepts unclosed blocks
 * and duplicates silently, stops at its first error, and knows neither globs in
 * includes nor "frontend = {". So the statements are read here, and libconfuse
 * only stores: it has a table of the options of each block, made from our rows,
 * and calls set_value() for each value.
 */
#include <assert.h>
#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/hitch.h"
#include "config/text.h"
#include "config/reader.h"

#define FILES_DEEP	10	/* files that include files */
#define LIST_MAX	100	/* more than any option takes */
#define NAME		64	/* longest name that is compared */

enum { TOP, FRONT, CERT, KINDS };	/* of blocks */

struct line {
	unsigned number, order;	/* order: of all lines that were read */
};

struct block {
	const struct option_part *scope;
	const char *name;
	struct spot spot;
	struct line begin;
	cfg_t *cfg;		/* where its options were set */
};

struct reading {
	struct build *build;
	struct text_limits limits;
	const char *file;	/* that is being read */
	struct tokens at;	/* in that file, after the next token */
	struct token next;
	struct line last;
	unsigned files_deep;	/* 1: nothing included it; 0: it is a text */
	struct block block[KINDS], *in;	/* the innermost that is open */
	cfg_t *cfg[KINDS];
	long n[KINDS];		/* blocks so far */
	bool stop;		/* reading on makes no sense */
};

/* A value on its way through libconfuse, which only passes it on. */
struct value {
	struct reading *reading;
	struct line line;
	const char *text;
};

static struct line
line_of(struct reading *r, const struct token *k)
{
	if (r->last.number != k->line)
		r->last = (struct line){ k->line, r->last.order + 1 };
	return r->last;
}

__attribute__((format(printf, 3, 4))) static void
fault(struct reading *r, struct line l, const char *fmt, ...)
{
	char text[400], where[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	snprintf(where, sizeof where, "%s:%u", r->file, l.number);
	diagnostics_add(r->build->diagnostics, ERR_CONFIG, l.order, where,
	    "%s", text);
}

/* Takes the next token. Only this reports the fault of a token. */
static struct token
take_token(struct reading *r)
{
	const struct token k = r->next;

	r->next = tokens_next(&r->at);
	if (k.fault != NULL)
		fault(r, line_of(r, &k), "%s", k.fault);
	return k;
}

/* True if a word or string comes next on this line. */
static bool
next_is_word(const struct reading *r, struct line l)
{
	return token_is_value(&r->next) && r->next.line == l.number;
}

/* A word with "=" or "{" after it is not a value but the next option's name. */
static bool
next_is_value(const struct reading *r, struct line l)
{
	struct tokens at = r->at;
	const char after = tokens_next(&at).kind;

	return next_is_word(r, l) && (r->next.kind == TOKEN_STRING ||
	    (after != '=' && after != '+' && after != '{'));
}

/* Skips the rest of a block. */
static void
skip_block(struct reading *r, struct line begin)
{
	unsigned depth = 1;
	struct token k;

	do {
		k = take_token(r);
		depth += k.kind == '{';
		depth -= k.kind == '}';
	} while (depth > 0 && k.kind != TOKEN_END);
	if (depth > 0)
		fault(r, begin, "the block that begins here is not closed");
}

/* Skips what belongs to a name that was reported. */
static void
skip_rest(struct reading *r, struct line l)
{
	struct token k;

	while (r->next.kind == '=' || r->next.kind == '+' ||
	    r->next.kind == ',' || next_is_value(r, l))
		take_token(r);
	if (r->next.kind == '{') {
		k = take_token(r);
		skip_block(r, line_of(r, &k));
	}
}

/* libconfuse's callback for each value: what it keeps is the position. */
static int
set_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct value *v = (const void *)value;
	struct reading *r = v->reading;
	char where[512];
	const struct place at = { v->line.order, where };

	(void)cfg;
	snprintf(where, sizeof where, "%s:%u", r->file, v->line.number);
	build_set(r->build, r->in->spot, option_look(r->in->scope,
	    opt->name, NULL), v->text, &at);
	*(char **)result = strdup(where);
	return *(char **)result != NULL ? 0 : -1;
}

/* Takes over the text; NULL: out of memory. */
static void
set(struct reading *r, const struct option_row *o, struct line l, char *text)
{
	const struct value v = { r, l, text };

	if (text == NULL || cfg_setopt(r->in->cfg, cfg_getopt(r->in->cfg,
	    o->name), (const char *)&v) == NULL) {
		build_no_memory(r->build);
		r->stop = true;
	}
	free(text);
}

/* A faulty value was reported; an empty one is not reported again. */
static void
set_token(struct reading *r, const struct option_row *o, const struct token *k)
{
	set(r, o, line_of(r, k), strndup(k->at, k->fault ? 0 : k->len));
}

/* True if the option may be set, for the first time or once more. */
static bool
may_set(struct reading *r, const struct option_row *o, struct line l)
{
	const char *before = cfg_opt_getnptr(cfg_getopt(r->in->cfg,
	    o->name), 0);

	if (o->repeats || before == NULL)
		return true;
	fault(r, l, "%s: already set at %s", o->name, before);
	return false;
}

/* A list ends after a value on its line, or with "}". */
static void
end_list(struct reading *r, struct line l, bool braces, unsigned n)
{
	const struct token *k = &r->next;

	if (n == LIST_MAX)
		fault(r, l, "the list is too long: %u values or more", n);
	else if (braces && k->kind != '}' && k->kind != TOKEN_END)
		fault(r, line_of(r, k), "unexpected \"%.*s\" in a list",
		    k->len < NAME ? (int)k->len : NAME, k->at);
	if (braces)
		skip_block(r, l);
	else if (n == LIST_MAX)
		skip_rest(r, l);
}

/*
 * A list is words on a line, or words in braces with commas between them. They
 * are one value, or one each if the option repeats.
 */
static void
read_list(struct reading *r, const struct option_row *o, struct line l)
{
	bool braces = r->next.kind == '{', comma = true;
	struct line at = l;
	struct token k;
	char *all = NULL;
	unsigned n = 0;
	size_t len;
	FILE *out = open_memstream(&all, &len);

	if (braces)
		take_token(r);
	while (out != NULL && n < LIST_MAX && token_is_value(&r->next) &&
	    (braces ? comma : n == 0 || next_is_value(r, l))) {
		k = take_token(r);
		if (o->repeats)
			set_token(r, o, &k);
		else
			fprintf(out, "%s%.*s", n > 0 ? "," : "",
			    k.fault == NULL ? (int)k.len : 0, k.at);
		if (n++ == 0)
			at = line_of(r, &k);
		if ((comma = r->next.kind == ','))
			take_token(r);
	}
	if (out != NULL)
		fclose(out);
	end_list(r, l, braces, n);
	if (o->repeats && n > 0)
		free(all);
	else
		set(r, o, at, all);
}

static void
read_option(struct reading *r, const struct option_row *o, struct line name)
{
	struct line l = name;
	struct token k;

	if (o->cli_only || r->next.kind != '=') {
		fault(r, l, o->cli_only ? "%s: only allowed on the command "
		    "line" : "%s: \"=\" is missing", o->name);
		skip_rest(r, l);
		return;
	}
	k = take_token(r);
	l = line_of(r, &k);
	if (r->next.kind == '{' && o->kind != OPTION_WORDS)
		fault(r, l, "%s: takes one value", o->name);
	else if (r->next.kind != '{' && !next_is_value(r, l))
		fault(r, l, "%s: no value on this line", o->name);
	else if (may_set(r, o, name)) {
		if (o->kind == OPTION_WORDS)
			read_list(r, o, l);
		else {
			k = take_token(r);
			set_token(r, o, &k);
		}
		return;
	}
	skip_rest(r, l);
}

/*
 * Adds a frontend or a certificate, in which what follows is set. A block
 * begins with an empty value, so that the line where it begins is known.
 */
static bool
add_block(struct reading *r, const struct option_row *o, struct line l,
    bool block)
{
	const unsigned kind = o->inside == cert_scope ? CERT : FRONT;
	struct block b = { .scope = o->inside, .name = o->name, .begin = l,
	    .cfg = r->cfg[kind] };

	if (++r->n[kind] > o->max)
		fault(r, l, "%s: may be given at most %ld times", o->name,
		    o->max);
	if (r->n[kind] > o->max ||
	    !build_add(r->build, r->in->spot, o, &b.spot)) {
		r->stop = true;
		return false;
	}
	assert(r->in < &r->block[KINDS - 1]);	/* tables nest no deeper */
	*++r->in = b;
	if (block)
		set(r, option_look(o->inside, o->brief, NULL), l, strdup(""));
	for (cfg_opt_t *old = b.cfg->opts; old->name != NULL; old++)
		cfg_free_value(old);
	return true;
}

/* "NAME = value", "NAME [=] {" or "NAME [=] title {". */
static void
read_section(struct reading *r, const struct option_row *o, struct line name)
{
	const bool equals = r->next.kind == '=';
	struct token k = { .kind = TOKEN_END };
	struct line l = name;

	if (equals) {
		k = take_token(r);
		l = line_of(r, &k);
		k.kind = TOKEN_END;
	}
	if (next_is_word(r, l))
		k = take_token(r);
	if (r->next.kind == '{') {
		take_token(r);
		if (add_block(r, o, name, true) && k.kind != TOKEN_END)
			set_token(r, option_look(o->inside, o->title, NULL),
			    &k);
	} else if (k.kind == TOKEN_END) {
		fault(r, name, "%s: no value or block on this line", o->name);
		skip_rest(r, l);
	} else if (!equals)
		fault(r, name, "%s: \"=\" is missing", o->name);
	else if (k.len > 0 && add_block(r, o, name, false)) {
		set_token(r, option_look(o->inside, o->brief, NULL), &k);
		r->in--;
	}
}

static void include_files(struct reading *, const struct token *, struct line);

/* include "x", include = "x" or include("x"). */
static void
read_include(struct reading *r, struct line l)
{
	const bool bracket = r->next.kind == '(';
	struct token k;

	if (bracket || r->next.kind == '=')
		take_token(r);
	if (!next_is_word(r, l)) {
		fault(r, l, "include: no file name on this line");
		skip_rest(r, l);
		return;
	}
	k = take_token(r);
	if (bracket && r->next.kind != ')')
		fault(r, l, "include: \")\" is missing");
	else if (bracket)
		take_token(r);
	if (k.fault == NULL)
		include_files(r, &k, l);
}

static void
read_statement(struct reading *r, const struct token *k)
{
	const struct option_part *scope = r->in->scope;
	const struct line l = line_of(r, k);
	const struct option_row *o;
	char name[NAME], why[2 * NAME];

	snprintf(name, sizeof name, "%.*s", (int)k->len, k->at);
	o = option_look(scope, name, NULL);
	if (k->fault == NULL && k->kind != TOKEN_WORD)
		fault(r, l, "\"%s\" instead of an option name", name);
	else if (k->fault == NULL && strcmp(name, "include") == 0) {
		read_include(r, l);
		return;
	} else if (k->fault == NULL && o != NULL) {
		(o->inside != NULL ? read_section : read_option)(r, o, l);
		return;
	} else if (k->fault == NULL)
		fault(r, l, "%s: %s", name, suggest(scope, name, why,
		    sizeof why));
	skip_rest(r, l);
}

/* Reads the text of one file. What it opens it must close. */
static void
read_file(struct reading *r, const char *name, const char *text, size_t len)
{
	const struct block *outside = r->in;
	struct token k;

	r->file = name;
	r->last.number = 0;
	tokens_begin(&r->at, text, len);
	r->next = tokens_next(&r->at);
	while (!r->stop && (k = take_token(r)).kind != TOKEN_END) {
		if (k.kind != '}')
			read_statement(r, &k);
		else if (r->in == outside)
			fault(r, line_of(r, &k), "unmatched \"}\"");
		else
			r->in--;
		if (diagnostics_enough(r->build->diagnostics))
			r->stop = true;
	}
	for (; r->in > outside; r->in--)
		if (!r->stop)
			fault(r, r->in->begin, "%s: the block that "
			    "begins here is not closed", r->in->name);
}

/* Reads one file in the place of "include", then goes on after it. */
static void
include_file(struct reading *r, const char *path, struct line l)
{
	const struct reading before = *r;
	size_t len;
	struct err e;
	char *text = text_read(&r->limits, path, &len, &e);

	if (text == NULL) {
		fault(r, l, "include: %s: %s", path, e.text);
		r->stop = e.kind != ERR_NO_FILE;
		return;
	}
	r->files_deep++;
	read_file(r, path, text, len);
	r->files_deep--;
	r->file = before.file;
	r->at = before.at;
	r->next = before.next;
	r->last.number = 0;
	free(text);
}

static void
include_files(struct reading *r, const struct token *name, struct line l)
{
	struct err e;
	glob_t g;

	if (r->files_deep == 0)
		fault(r, l, "include: not allowed here");
	else if (r->files_deep == FILES_DEEP) {
		fault(r, l, "include: files are nested too deeply");
		r->stop = true;		/* they might do so in a circle */
	} else if (text_find(r->file, name, &g, &e) != 0)
		fault(r, l, "include: %.*s: %s", (int)name->len, name->at,
		    e.text);
	else {
		for (size_t i = 0; i < g.gl_pathc && !r->stop; i++)
			include_file(r, g.gl_pathv[i], l);
		globfree(&g);
	}
}

/* The options of a scope as libconfuse describes them. */
static cfg_t *
new_cfg(const struct option_part *p)
{
	cfg_opt_t opts[OPTION_MAX + 1] = { CFG_END() }, *next = opts;

	for (; p->rows != NULL; p++)
		for (const struct option_row *o = p->rows; o->name; o++)
			if (o->kind != OPTION_SECTION)
				*next++ = (cfg_opt_t)CFG_PTR_CB(o->name, NULL,
				    CFGF_NODEFAULT, set_value, free);
	return cfg_init(opts, CFGF_NONE);	/* copies them */
}

int
reader_read(struct build *b, const char *name, const char *text, size_t len)
{
	struct reading r = { .build = b, .files_deep = text == NULL,
	    .cfg = { new_cfg(conf_scope), new_cfg(frontend_scope),
	    new_cfg(cert_scope) }, .in = r.block };
	char *file = NULL;
	struct err e;

	r.block[0] = (struct block){ .scope = conf_scope, .cfg = r.cfg[TOP] };
	if (text == NULL)
		text = file = text_read(&r.limits, name, &len, &e);
	if (text == NULL) {
		diagnostics_add(b->diagnostics, e.kind, PLACE_WHOLE, name,
		    "%s", e.text);
		r.stop = true;
	} else if (r.cfg[TOP] == NULL || !r.cfg[FRONT] || !r.cfg[CERT]) {
		build_no_memory(b);
		r.stop = true;
	} else
		read_file(&r, name, text, len);
	for (unsigned i = 0; i < KINDS; i++)
		cfg_free(r.cfg[i]);
	free(file);
	return r.stop ? -1 : 0;
}
