/*
 * parse.c - a configuration file, by way of the reader and of libconfuse.
 *
 * To libconfuse every value is an object of ours that knows its line: when all
 * is parsed, each is judged by its row, so that one run finds all that is
 * wrong and not only the first. libconfuse itself stops at its first error.
 */
#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"
#include "config/parse.h"

struct value {
	unsigned line;		/* of the flat text */
	char text[];
};

/* libconfuse's error function is given no argument of ours. */
static struct parsing {
	struct diagnostics *diagnostics;
	const struct flat *flat;
} *diagnostic;

__attribute__((format(printf, 2, 0))) static void
grammar_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	unsigned line = cfg->line > 0 ? (unsigned)cfg->line : 1;
	char text[300], where[PLACE_TEXT];

	vsnprintf(text, sizeof text, fmt, ap);
	diagnostics_add(diagnostic->diagnostics, ERR_CONFIG, line,
	    flat_where(diagnostic->flat, line, where, sizeof where), "%s",
	    text);
}

static int
value_new(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	const size_t len = strlen(text);
	struct value *v = malloc(sizeof *v + len + 1);

	(void)opt;
	if (v == NULL)
		return -1;
	v->line = cfg->line > 0 ? (unsigned)cfg->line : 1;
	memcpy(v->text, text, len + 1);
	*(struct value **)result = v;
	return 0;
}

static void
value_free(void *v)
{
	free(v);
}

static void
described_free(cfg_opt_t *opts)
{
	for (cfg_opt_t *o = opts; o != NULL && o->name != NULL; o++)
		described_free(o->subopts);
	free(opts);
}

/* A scope as libconfuse wants to have it. NULL: out of memory. */
static cfg_opt_t *
describe(const struct option_part *p)
{
	cfg_opt_t *opts = calloc(OPTION_MAX + 1, sizeof *opts), *next = opts;

	for (; opts != NULL && p->rows != NULL; p++)
		for (const struct option_row *o = p->rows; o->name; o++) {
			cfg_opt_t one = CFG_PTR_CB(o->name, NULL,
			    CFGF_NODEFAULT, value_new, value_free);

			if (o->kind == OPTION_WORDS)
				one.flags |= CFGF_LIST;
			if (o->kind == OPTION_SECTION) {
				one = (cfg_opt_t)CFG_SEC(o->name,
				    describe(o->inside), CFGF_MULTI);
				if (one.subopts == NULL) {
					described_free(opts);
					return NULL;
				}
			}
			*next++ = one;
		}
	return opts;
}

static void
no_memory(struct diagnostics *c)
{
	diagnostics_add(c, ERR_OS, PLACE_WHOLE, "configuration",
	    "out of memory");
}

static void
set(struct build *b, struct spot s, const struct option_row *o,
    const struct flat *f, unsigned line, const char *text)
{
	char where[PLACE_TEXT];
	const struct place at = { line,
	    flat_where(f, line, where, sizeof where) };

	build_set(b, s, o, text, &at);
}

/* A list of words is one value, whichever way it was written. */
static void
set_list(struct build *b, struct spot s, const struct option_row *o,
    const struct flat *f, cfg_opt_t *opt)
{
	const struct value *v;
	unsigned line = 0;
	char *all = NULL;
	size_t len;
	FILE *out = open_memstream(&all, &len);

	for (unsigned i = 0; out != NULL && i < cfg_opt_size(opt); i++) {
		if ((v = cfg_opt_getnptr(opt, i)) == NULL)
			continue;	/* there was no memory for it */
		fprintf(out, "%s%s", line > 0 ? "," : "", v->text);
		if (line == 0)
			line = v->line;
	}
	if (out != NULL && fclose(out) == 0 && all != NULL && line > 0)
		set(b, s, o, f, line, all);
	else
		no_memory(b->diagnostics);
	free(all);
}

static void
apply(struct build *b, struct spot s, const struct flat *f, cfg_t *cfg);

static void
apply_option(struct build *b, struct spot s, const struct option_row *o,
    const struct flat *f, cfg_opt_t *opt)
{
	const struct value *v;
	struct spot inner;

	if (o->kind == OPTION_WORDS && !o->repeats && cfg_opt_size(opt) > 0) {
		set_list(b, s, o, f, opt);
		return;
	}
	for (unsigned i = 0; i < cfg_opt_size(opt); i++)
		if (o->kind != OPTION_SECTION) {
			if ((v = cfg_opt_getnptr(opt, i)) != NULL)
				set(b, s, o, f, v->line, v->text);
		} else if (build_add(b, s, o, &inner))
			apply(b, inner, f, cfg_opt_getnsec(opt, i));
}

static void
apply(struct build *b, struct spot s, const struct flat *f, cfg_t *cfg)
{
	for (const struct option_part *p = spot_scope(s); p->rows != NULL; p++)
		for (const struct option_row *o = p->rows; o->name; o++)
			apply_option(b, s, o, f, cfg_getopt(cfg, o->name));
}

/* Gives the flat text to libconfuse. NULL: out of memory. */
static cfg_t *
parse(struct diagnostics *c, const struct flat *f, int *result)
{
	struct parsing now = { c, f };
	cfg_opt_t *opts = describe(conf_scope);
	cfg_t *cfg;

	if (opts == NULL)
		return NULL;
	cfg = cfg_init(opts, CFGF_NONE);	/* has its own copy of opts */
	described_free(opts);
	if (cfg == NULL)
		return NULL;
	diagnostic = &now;
	cfg_set_error_function(cfg, grammar_error);
	*result = cfg_parse_buf(cfg, f->text);
	diagnostic = NULL;
	return cfg;
}

static int
take(struct build *b, const struct flat *f)
{
	int result = CFG_PARSE_ERROR;
	cfg_t *cfg = parse(b->diagnostics, f, &result);

	if (cfg == NULL) {
		no_memory(b->diagnostics);
		return -1;
	}
	apply(b, (struct spot){ 0, 0 }, f, cfg);
	cfg_free(cfg);
	if (result == CFG_SUCCESS)
		return 0;
	/* Without memory libconfuse fails and says nothing. */
	if (b->diagnostics->n == 0)
		no_memory(b->diagnostics);
	return -1;
}

int
parse_file(struct build *b, const char *path)
{
	struct flat f;
	int r = reader_file(&f, path, conf_scope, b->diagnostics);

	if (r == 0)
		r = take(b, &f);
	flat_free(&f);
	return r;
}

int
parse_text(struct build *b, const char *name, const char *text, size_t len)
{
	struct flat f;
	int r = reader_text(&f, name, text, len, conf_scope, b->diagnostics);

	if (r == 0)
		r = take(b, &f);
	flat_free(&f);
	return r;
}
