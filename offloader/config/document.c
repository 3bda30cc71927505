/*
 * document.c - the rows as people read them: one source, four texts.
 */
#include <ctype.h>
#include <string.h>

#include "config/cli.h"
#include "config/document.h"

#define WIDTH	78

/* A text in lines, each with something before it. */
static void
wrap(FILE *out, const char *before, const char *text)
{
	size_t column = 0, len;

	for (; *text != '\0'; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		if (column > 0 && column + 1 + len > WIDTH) {
			putc('\n', out);
			column = 0;
		}
		if (column == 0)
			column = (size_t)fprintf(out, "%s%.*s", before,
			    (int)len, text);
		else
			column += (size_t)fprintf(out, " %.*s", (int)len, text);
		text += len;
	}
	putc('\n', out);
}

/* The row's sentence, and what holds for it beyond that. */
static void
prose(const struct option_row *o, char *out, size_t size)
{
	snprintf(out, size, "%s%s", o->help, o->restart ?
	    " A change needs a restart." : "");
}

/* A text for mdoc, which wants each sentence to begin a line. */
static void
sentences(FILE *out, const char *text)
{
	char one[512];
	const char *end;

	while (*text != '\0') {
		end = strstr(text, ". ");
		while (end != NULL && !isupper((unsigned char)end[2]))
			end = strstr(end + 1, ". ");
		end = end != NULL ? end + 1 : text + strlen(text);
		snprintf(one, sizeof one, "%.*s", (int)(end - text), text);
		wrap(out, "", one);
		text = end + strspn(end, " ");
	}
}

static void
each(FILE *out, const struct option_part *scope,
    void (*one)(FILE *, const struct option_part *, const struct option_row *))
{
	for (const struct option_part *p = scope; p->rows != NULL; p++)
		for (const struct option_row *o = p->rows; o->name; o++)
			one(out, scope, o);
}

/* The words to choose from, if neither sentence nor default has them all. */
static const char *
more_words(const struct option_row *o, char *out, size_t size)
{
	const char *const *w;
	bool more = false;
	size_t n = 0;

	for (w = o->words; w != NULL && *w != NULL && n < size; w++) {
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		    n > 0 ? " " : "", *w);
		if (strstr(o->help, *w) == NULL && (o->normal == NULL ||
		    strstr(o->normal, *w) == NULL))
			more = true;
	}
	return more ? out : NULL;
}

/* Whether "--NAME" may be followed by "=on". */
static bool
is_switch(const struct option_row *o)
{
	return o->no_value && !o->cli_only;
}

/* ------------------------------------------------- --help --------------- */

static void
help_row(FILE *out, const struct option_part *scope,
    const struct option_row *o)
{
	char text[512];
	size_t n;

	if (!cli_has(scope, o))
		return;
	if (o->group != NULL)
		fprintf(out, "\n%s:\n", o->group);
	if (o->letter != 0)
		fprintf(out, "  -%c, ", o->letter);
	else
		fputs("      ", out);
	fprintf(out, "--%s", o->name);
	if (!o->no_value || is_switch(o))
		fprintf(out, o->no_value ? "[=%s]" : "=%s", o->unit);
	prose(o, text, sizeof text);
	n = strlen(text);
	if (o->normal != NULL && !o->cli_only)
		snprintf(text + n, sizeof text - n, " Default: %s", o->normal);
	putc('\n', out);
	wrap(out, "            ", text);
}

void
document_help(FILE *out)
{
	fputs("usage: offloader [option ...] [PEMFILE ...]\n\n", out);
	wrap(out, "", "Terminate TLS and relay the data to a backend. The "
	    "file that --config names may set the same options; see "
	    "offloader.conf(5).");
	each(out, conf_scope, help_row);
	fputs("\nFor the --frontend before them:\n", out);
	each(out, frontend_scope, help_row);
	fputs("\nFor the --pem-file before them:\n", out);
	each(out, cert_scope, help_row);
}

/* ------------------------------------------------- the sample ----------- */

static const char *
sample_value(const struct option_row *o)
{
	if (o->normal != NULL)
		return o->normal;
	return o->example != NULL ? o->example : "";
}

/* "#" right before a letter is an option, "# " is prose. */
static void
sample_option(FILE *out, const char *tab, const struct option_row *o)
{
	bool quote = o->kind == OPTION_TEXT || o->kind == OPTION_WORDS ||
	    o->kind == OPTION_SECTION;
	char before[8], words[300], text[512];

	snprintf(before, sizeof before, *tab != '\0' ? "#%s# " : "%s# ", tab);
	prose(o, text, sizeof text);
	wrap(out, before, text);
	if (more_words(o, words, sizeof words) != NULL) {
		snprintf(text, sizeof text, "Values: %s", words);
		wrap(out, before, text);
	}
	fprintf(out, quote ? "#%s%s = \"%s\"\n" : "#%s%s = %s\n", tab, o->name,
	    sample_value(o));
}

static void
sample_row(FILE *out, const struct option_part *scope,
    const struct option_row *o)
{
	(void)scope;
	if (o->cli_only)
		return;
	if (o->group != NULL)
		fprintf(out, "\n\n# ---- %s ----\n", o->group);
	putc('\n', out);
	sample_option(out, "", o);
}

/* The block of a section, but for what its title says already. */
static void
sample_block(FILE *out, const struct option_row *section, const char *says)
{
	const struct option_row *o = section->inside->rows, *title;

	title = option_find(o, section->title);
	fputs("\n\n", out);
	wrap(out, "# ", says);
	fprintf(out, "#%s \"%s\" {\n", section->name, sample_value(title));
	for (; o->name != NULL; o++)
		if (o != title && strcmp(o->name, section->brief) != 0)
			sample_option(out, "\t", o);
	fputs("#}\n", out);
}

void
document_sample(FILE *out)
{
	wrap(out, "# ", "offloader.conf - all options, with their defaults or "
	    "with examples. See offloader.conf(5).");
	each(out, conf_scope, sample_row);
	sample_block(out, option_find(conf_rows, "frontend"), "A frontend "
	    "as a block. It may also set the options from accept-proxy to "
	    "client-allow, for this frontend only.");
	sample_block(out, option_find(conf_rows, "pem-file"), "A "
	    "certificate as a block. It may also set the options of client "
	    "certificates, for its names only.");
}

/* ------------------------------------------------- manual pages --------- */

static void
mdoc_body(FILE *out, const struct option_row *o)
{
	char words[300], text[512];

	prose(o, text, sizeof text);
	sentences(out, text);
	if (more_words(o, words, sizeof words) != NULL)
		fprintf(out, "The values are\n.Cm %s .\n", words);
	if (o->normal != NULL && !o->cli_only)
		fprintf(out, "The default is\n.Cm %s .\n", o->normal);
	if (o->alias != NULL && o->kind != OPTION_SECTION)
		fprintf(out, "Another name for it is\n.Cm %s .\n", o->alias);
}

static void
cli_row(FILE *out, const struct option_part *scope, const struct option_row *o)
{
	if (!cli_has(scope, o))
		return;
	fputs(".It ", out);
	if (o->letter != 0)
		fprintf(out, "Fl %c , ", o->letter);
	fprintf(out, "Fl -%s", o->name);
	if (!o->no_value || is_switch(o))
		fprintf(out, o->no_value ? " Ns Op = Ns Ar %s" :
		    " Ns = Ns Ar %s", o->unit);
	putc('\n', out);
	mdoc_body(out, o);
}

static void
file_row(FILE *out, const struct option_part *scope,
    const struct option_row *o)
{
	if (o->cli_only)
		return;
	/* What a block has in common with the top is said there. */
	if (scope != conf_scope && option_find(scope->rows, o->name) == NULL)
		return;
	fprintf(out, ".It Ic %s No = Ar %s\n", o->name, o->unit);
	mdoc_body(out, o);
}

static void
list(FILE *out, const struct option_part *scope, const char *says,
    void (*one)(FILE *, const struct option_part *, const struct option_row *))
{
	sentences(out, says);
	fputs(".Bl -tag -width Ds\n", out);
	each(out, scope, one);
	fputs(".El\n", out);
}

void
document_cli_mdoc(FILE *out)
{
	list(out, conf_scope, "The options are:", cli_row);
	fputs(".Pp\n", out);
	list(out, frontend_scope, "These belong to the last frontend before "
	    "them:", cli_row);
	fputs(".Pp\n", out);
	list(out, cert_scope, "These belong to the last pem-file before them:",
	    cli_row);
}

void
document_file_mdoc(FILE *out)
{
	list(out, conf_scope, "Outside of blocks:", file_row);
	fputs(".Pp\n", out);
	list(out, frontend_scope, "In the block of a frontend, besides those "
	    "from accept-proxy to client-allow:", file_row);
	fputs(".Pp\n", out);
	list(out, cert_scope, "In the block of a pem-file, besides "
	    "those from client-verify to client-allow:", file_row);
}
