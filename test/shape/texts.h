/*
 * texts.h - the option rows as sample, as manual pages and as completion.
 */
#ifndef TEXTS_H
#define TEXTS_H

#include <stdio.h>

void texts_sample(FILE *);		/* etc/offloader.conf */
void texts_cli_mdoc(FILE *);		/* the option list of offloader(8) */
void texts_file_mdoc(FILE *);		/* ... of offloader.conf(5) */
void texts_completion(FILE *);		/* etc/offloader.bash */

#endif
