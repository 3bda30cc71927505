/*
 * rows.c - fingerprints one of the texts that are made of the option rows.
 *
 * What it fingerprints is committed; options.sh compares, "make update-docs"
 * renews. "list" is for tests that try each of them: SCOPE NAME, and "restart".
 */
#include <stdlib.h>
#include <string.h>

#include "config/conf.h"
#include "config/document.h"
#include "texts.h"

static void
print_list(FILE *out)
{
	static const struct {
		const char *name;
		const struct option_part *scope;
	} scopes[] = {
		{ "global", conf_scope }, { "frontend", frontend_scope },
		{ "certificate", cert_scope },
	};
	const struct option_part *p;
	const struct option_row *o;

	for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
		for (p = scopes[i].scope; p->rows != NULL; p++)
			for (o = p->rows; o->name != NULL; o++)
				if (!o->cli_only)
					fprintf(out, "%s %s%s\n",
					    scopes[i].name, o->name,
					    o->restart ? " restart" : "");
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(FILE *);
	} texts[] = {
		{ "help", document_help }, { "sample", texts_sample },
		{ "offloader.8", texts_cli_mdoc },
		{ "offloader.conf.5", texts_file_mdoc },
		{ "completion", texts_completion }, { "list", print_list },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (argc == 2 && strcmp(argv[1], texts[i].name) == 0) {
			texts[i].print(stdout);
			return EXIT_SUCCESS;
		}
	fputs("usage: rows help|sample|offloader.8|offloader.conf.5|"
	    "completion|list\n", stderr);
	return EXIT_FAILURE;
}
