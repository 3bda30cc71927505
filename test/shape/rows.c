/*
 * rows.c - prints one of the texts that are made of the option rows.
 *
 * What it prints is committed; options.sh compares, "make update-docs" renews.
 */
#include <stdlib.h>
#include <string.h>

#include "config/completion.h"
#include "config/document.h"

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(FILE *);
	} texts[] = {
		{ "help", document_help }, { "sample", document_sample },
		{ "offloader.8", document_cli_mdoc },
		{ "offloader.conf.5", document_file_mdoc },
		{ "completion", completion_print },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (argc == 2 && strcmp(argv[1], texts[i].name) == 0) {
			texts[i].print(stdout);
			return EXIT_SUCCESS;
		}
	fputs("usage: rows help|sample|offloader.8|offloader.conf.5|"
	    "completion\n", stderr);
	return EXIT_FAILURE;
}
