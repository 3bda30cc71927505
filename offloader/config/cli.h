/*
 * cli.h - the command line: every option of the file, and a few more.
 */
#ifndef OFFLOADER_CLI_H
#define OFFLOADER_CLI_H

#include <stddef.h>

#include "config/build.h"

/* What was said, in order; the texts are argv's. */
struct cli {
	struct cli_word *word;
	size_t n;
};

/* Reads the words, and complains of those that are no options. */
void cli_read(struct cli *, int argc, char *const *argv, struct diagnostics *);

/* The last text given to an option, or NULL. */
const char *cli_find(const struct cli *, const char *option);

/* Whether a row of a scope is an option of the command line, or another's. */
bool cli_has(const struct option_part *scope, const struct option_row *);

/* Sets all that was said. */
void cli_apply(const struct cli *, struct build *);

void cli_free(struct cli *);

#endif
