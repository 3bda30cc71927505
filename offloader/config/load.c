/*
 * load.c - makes a configuration of defaults, a file and the command line.
 */
#include <malloc.h>
#include <stdlib.h>

#include "config/build.h"
#include "config/check.h"
#include "config/cli.h"
#include "config/reader.h"
#include "config/load.h"

static struct conf *
conf_new(struct err *e)
{
	struct conf *c = calloc(1, sizeof *c);
	const struct option_part *p = conf_scope;

	if (c == NULL) {
		err_memory(e, NULL);
		return NULL;
	}
	for (; p->rows != NULL; p++)
		if (option_defaults(p->rows, (char *)c + p->offset, e) != 0) {
			conf_free(c);
			return NULL;
		}
	return c;
}

/* The end of both ways: says what was wrong, or hands the conf over. */
static struct conf *
finish(struct build *b, bool whole, void (*say)(const char *), struct err *e)
{
	b->conf->faulty = diagnostics_report(b->diagnostics, say, e) != 0;
	if (!b->conf->faulty ||
	    (b->conf->test && whole && b->conf->n_fronts > 0))
		return b->conf;
	conf_free(b->conf);
	return NULL;
}

struct conf *
conf_load(int argc, char *const *argv, void (*say)(const char *),
    struct err *e)
{
	struct diagnostics diagnostics = { .n = 0 };
	struct build b = { conf_new(e), &diagnostics };
	struct cli cli;
	const char *path;
	bool whole = true;

	if (b.conf == NULL) {
		say(e->text);
		return NULL;
	}
	cli_read(&cli, argc, argv, &diagnostics);
	path = cli_find(&cli, "config");
	/* --help must work without a configuration, and with a faulty one. */
	if (cli_find(&cli, "help") != NULL || cli_find(&cli, "version") != NULL)
		whole = false;
	else if (path != NULL && *path != '\0')
		whole = reader_read(&b, path, NULL, 0) == 0;
	cli_apply(&cli, &b);
	if (whole) {
		check_complete(&b);
		check_whole(&b);
	}
	cli_free(&cli);
	/* What reading it took lies among what is kept: as much again. */
	malloc_trim(0);
	return finish(&b, whole, say, e);
}

struct conf *
conf_load_text(const char *name, const char *text, size_t len,
    void (*say)(const char *), struct err *e)
{
	struct diagnostics diagnostics = { .n = 0 };
	struct build b = { conf_new(e), &diagnostics };
	bool whole;

	if (b.conf == NULL) {
		say(e->text);
		return NULL;
	}
	whole = reader_read(&b, name, text, len) == 0;
	if (whole) {
		check_complete(&b);
		check_whole(&b);
	}
	return finish(&b, whole, say, e);
}
