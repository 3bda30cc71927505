/*
 * completion.c - the options as bash completes them.
 */
#include <string.h>

#include "config/cli.h"
#include "config/completion.h"

/* Calls for every row that is an option of the command line. */
static void
each(FILE *out, void (*one)(FILE *, const struct option_row *))
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
words(FILE *out, const char *const *w)
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
		words(out, w);
	else
		fprintf(out, ") _offloader_files -%c \"$cur\" ;;\n",
		    file ? 'f' : 'd');
}

void
completion_print(FILE *out)
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
	each(out, value_row);
	fputs("\t*)\n"
	    "\t\tif [ \"${cur:0:1}\" != - ]; then\n"
	    "\t\t\t_offloader_files -f \"$cur\"\n"
	    "\t\t\treturn\n"
	    "\t\tfi\n"
	    "\t\t_offloader_words \"$cur\"", out);
	each(out, name_row);
	fputs("\n\t\tif [ \"${COMPREPLY[0]: -1}\" = = ]; then\n"
	    "\t\t\tcompopt -o nospace\n"
	    "\t\tfi ;;\n"
	    "\tesac\n"
	    "} &&\n"
	    "complete -F _offloader offloader\n", out);
}
