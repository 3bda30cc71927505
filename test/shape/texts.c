/*
 * texts.c - the option rows as sample, as manual pages and as completion.
 */
#include <ctype.h>
#include <string.h>

#include "config/cli.h"
#include "config/document.h"
#include "texts.h"

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
		document_wrap(out, "", one);
		text = end + strspn(end, " ");
	}
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
	document_prose(o, text, sizeof text);
	document_wrap(out, before, text);
	if (more_words(o, words, sizeof words) != NULL) {
		snprintf(text, sizeof text, "Values: %s", words);
		document_wrap(out, before, text);
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
	document_wrap(out, "# ", says);
	fprintf(out, "#%s \"%s\" {\n", section->name, sample_value(title));
	for (; o->name != NULL; o++)
		if (o != title && strcmp(o->name, section->brief) != 0)
			sample_option(out, "\t", o);
	fputs("#}\n", out);
}

void
texts_sample(FILE *out)
{
	document_wrap(out, "# ", "offloader.conf - all options, with their "
	    "defaults or with examples. See offloader.conf(5).");
	document_each(out, conf_scope, sample_row);
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

	document_prose(o, text, sizeof text);
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
	if (!o->no_value || document_is_switch(o))
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
	document_each(out, scope, one);
	fputs(".El\n", out);
}

void
texts_cli_mdoc(FILE *out)
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
texts_file_mdoc(FILE *out)
{
	list(out, conf_scope, "Outside of blocks:", file_row);
	fputs(".Pp\n", out);
	list(out, frontend_scope, "In the block of a frontend, besides those "
	    "from accept-proxy to client-allow:", file_row);
	fputs(".Pp\n", out);
	list(out, cert_scope, "In the block of a pem-file, besides "
	    "those from client-verify to client-allow:", file_row);
}

/* ------------------------------------------------- completion ----------- */

/* Calls for every row that is an option of the command line. */
static void
for_cli(FILE *out, void (*one)(FILE *, const struct option_row *))
{
	static const struct option_part *const scopes[] = { conf_scope,
	    frontend_scope, cert_scope };
	const struct option_part *p;
	const struct option_row *o;

	for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
		for (p = scopes[i]; p->rows != NULL; p++)
			for (o = p->rows; o->name != NULL; o++)
				if (cli_has(scopes[i], o))
					one(out, o);
}

static void
name_row(FILE *out, const struct option_row *o)
{
	fprintf(out, " \\\n\t\t    --%s%s", o->name, o->no_value ? "" : "=");
}

static void
word_cases(FILE *out, const char *const *w)
{
	fputs(") _offloader_words \"$cur\"", out);
	for (; *w != NULL; w++)
		fprintf(out, " \\\n\t    %s", *w);
	fputs(" ;;\n", out);
}

/* One case of what may follow "--NAME=". */
static void
value_row(FILE *out, const struct option_row *o)
{
	static const char *const on_off[] = { "on", "off", NULL };
	const char *const *w = o->kind == OPTION_BOOL ? on_off : o->words;
	bool file = strcmp(o->unit, "file") == 0 ||
	    strcmp(o->unit, "path") == 0;
	bool folder = strcmp(o->unit, "directory") == 0;

	if ((w == NULL && !file && !folder) || (o->cli_only && o->no_value))
		return;
	fprintf(out, "\t--%s=", o->name);
	if (!o->no_value)
		fprintf(out, " | --%s", o->name);
	if (o->letter != 0 && !o->no_value)
		fprintf(out, " | -%c", o->letter);
	if (w != NULL)
		word_cases(out, w);
	else
		fprintf(out, ") _offloader_files -%c \"$cur\" ;;\n",
		    file ? 'f' : 'd');
}

void
texts_completion(FILE *out)
{
	fputs("# offloader.bash - completes the options of offloader(8).\n"
	    "_offloader_files() {\n"
	    "\tmapfile -t COMPREPLY < <(compgen \"$1\" -- \"$2\")\n"
	    "\tcompopt -o filenames\n"
	    "}\n\n"
	    "_offloader_words() {\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"${*:2}\" -- \"$1\")\n"
	    "}\n\n"
	    "_offloader() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	    "\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	    "\t# bash splits --name=value into three words.\n"
	    "\tif [ \"$cur\" = = ]; then\n"
	    "\t\tcur= prev=$prev=\n"
	    "\telif [ \"$prev\" = = ]; then\n"
	    "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}=\n"
	    "\tfi\n"
	    "\tcase $prev in\n", out);
	for_cli(out, value_row);
	fputs("\t*)\n"
	    "\t\tif [ \"${cur:0:1}\" != - ]; then\n"
	    "\t\t\t_offloader_files -f \"$cur\"\n"
	    "\t\t\treturn\n"
	    "\t\tfi\n"
	    "\t\t_offloader_words \"$cur\"", out);
	for_cli(out, name_row);
	fputs("\n\t\tif [ \"${COMPREPLY[0]: -1}\" = = ]; then\n"
	    "\t\t\tcompopt -o nospace\n"
	    "\t\tfi ;;\n"
	    "\tesac\n"
	    "} &&\n"
	    "complete -F _offloader offloader\n", out);
}
