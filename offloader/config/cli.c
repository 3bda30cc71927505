/*
 * cli.c - the command line: every option of the file, and a few more.
 *
 * The options of a block stand after the one that begins it:
 *
 *	--frontend='[*]:443' --name=web --pem-file=a.pem --private-key=a.key
 *
 * What a block and the top of the file both have (ciphers, client-verify) is
 * meant for all of them.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/hitch.h"
#include "config/cli.h"

#define WORDS_MAX	(4 * OPTION_MAX)
#define FIRST		256	/* of the numbers getopt_long() gives back */

struct cli_word {
	const struct option_row *row;
	const struct option_part *scope;	/* the one it belongs to */
	const char *text;
};

/* getopt's two descriptions of the rows, and the way back from its answers. */
struct described {
	struct option longs[WORDS_MAX + 1];
	char shorts[2 * WORDS_MAX + 2];
	struct cli_word word[WORDS_MAX];
	size_t n, n_longs, n_shorts;
};

static void
describe_name(struct described *d, const char *name, bool no_value)
{
	d->longs[d->n_longs++] = (struct option){ name,
	    no_value ? optional_argument : required_argument, NULL,
	    FIRST + (int)d->n };
}

/* An option that may be outside of blocks is meant there; what the name of a
 * block sets needs no other option. */
bool
cli_has(const struct option_part *scope, const struct option_row *o)
{
	if (scope == conf_scope)
		return true;
	for (const struct option_row *s = conf_rows; s->name != NULL; s++)
		if (s->inside == scope && strcmp(s->brief, o->name) == 0)
			return false;
	return option_look(conf_scope, o->name, NULL) == NULL;
}

static void
describe(struct described *d, const struct option_part *scope)
{
	const struct option_row *o;

	for (const struct option_part *p = scope; p->rows != NULL; p++)
		for (o = p->rows; o->name != NULL; o++) {
			if (!cli_has(scope, o))
				continue;
			describe_name(d, o->name, o->no_value);
			if (o->alias != NULL)
				describe_name(d, o->alias, o->no_value);
			if (o->letter != 0)
				d->shorts[d->n_shorts++] = o->letter;
			if (o->letter != 0 && !o->no_value)
				d->shorts[d->n_shorts++] = ':';
			d->word[d->n].row = o;
			d->word[d->n++].scope = scope;
		}
}

static const struct cli_word *
word_of(const struct described *d, int got)
{
	if (got >= FIRST)
		return &d->word[got - FIRST];
	for (size_t i = 0; i < d->n; i++)
		if (d->word[i].row->letter == got)
			return &d->word[i];
	return NULL;
}

static void
add_word(struct cli *cli, const struct cli_word *w, const char *text)
{
	cli->word[cli->n] = *w;
	cli->word[cli->n++].text = text != NULL ? text : "on";
}

/* Says what is wrong with a word that getopt_long() could not take. */
static void
refuse(struct diagnostics *c, int got, const char *word)
{
	char name[64], why[128];
	const char *what = "needs a value";

	snprintf(name, sizeof name, "%.*s",
	    (int)strcspn(word + strspn(word, "-"), "="),
	    word + strspn(word, "-"));
	if (optopt != 0 && optopt < FIRST)
		snprintf(name, sizeof name, "-%c", optopt);
	if (got == '?')
		what = suggest(conf_scope, name, why, sizeof why);
	diagnostics_add(c, ERR_USAGE, PLACE_CLI, "command line", "%s: %s", name,
	    what);
}

void
cli_read(struct cli *cli, int argc, char *const *argv, struct diagnostics *c)
{
	/* getopt_long() sorts what it is given. */
	char **copy = calloc((size_t)argc + 1, sizeof *copy);
	struct described *d = calloc(1, sizeof *d);
	const struct cli_word pem_file = {
	    .row = option_look(conf_scope, "pem-file", NULL),
	    .scope = conf_scope };
	int got;

	*cli = (struct cli){ calloc((size_t)argc + 1, sizeof *cli->word), 0 };
	if (copy == NULL || d == NULL || cli->word == NULL) {
		diagnostics_add(c, ERR_OS, PLACE_CLI, "command line",
		    "out of memory");
		goto out;
	}
	memcpy(copy, argv, (size_t)argc * sizeof *copy);
	d->shorts[d->n_shorts++] = ':';
	describe(d, conf_scope);
	describe(d, frontend_scope);
	describe(d, cert_scope);
	optind = 0;		/* glibc's word for a fresh start */
	opterr = 0;
	while ((got = getopt_long(argc, copy, d->shorts, d->longs, NULL)) != -1)
		if (got == '?' || got == ':')
			refuse(c, got, copy[optind - 1]);
		else
			add_word(cli, word_of(d, got), optarg);
	for (; optind < argc; optind++)
		add_word(cli, &pem_file, copy[optind]);
 out:
	free(copy);
	free(d);
}

const char *
cli_find(const struct cli *cli, const char *option)
{
	for (size_t i = cli->n; i-- > 0;)
		if (strcmp(cli->word[i].row->name, option) == 0)
			return cli->word[i].text;
	return NULL;
}

void
cli_apply(const struct cli *cli, struct build *b)
{
	static const struct place here = { PLACE_CLI, "command line" };
	static const struct spot whole = { 0, 0 };
	struct spot cert = whole, front = whole, *in;
	const struct cli_word *w;
	const struct option_row *o;

	for (w = cli->word; w < cli->word + cli->n; w++) {
		o = w->row;
		if (o->kind == OPTION_SECTION && *w->text == '\0')
			continue;
		if (o->kind == OPTION_SECTION) {
			in = o->inside == cert_scope ? &cert : &front;
			cert = whole;
			if (build_add(b, whole, o, in))
				build_set(b, *in, option_look(o->inside,
				    o->brief, NULL), w->text, &here);
		} else if (w->scope == conf_scope)
			build_set(b, whole, o, w->text, &here);
		else if (w->scope == cert_scope && cert.cert != 0)
			build_set(b, cert, o, w->text, &here);
		else if (w->scope == frontend_scope && front.front != 0)
			build_set(b, front, o, w->text, &here);
		else
			diagnostics_add(b->diagnostics, ERR_USAGE, PLACE_CLI,
			    here.where, "%s: must come after a %s", o->name,
			    w->scope == cert_scope ? "--pem-file" :
			    "--frontend");
	}
}

void
cli_free(struct cli *cli)
{
	free(cli->word);
	*cli = (struct cli){ NULL, 0 };
}
