/*
 * document.h - the rows as people read them: one source, four texts.
 */
#ifndef OFFLOADER_DOCUMENT_H
#define OFFLOADER_DOCUMENT_H

#include <stdio.h>

void document_help(FILE *);		/* --help */
void document_sample(FILE *);		/* etc/offloader.conf */
void document_cli_mdoc(FILE *);		/* the option list of offloader(8) */
void document_file_mdoc(FILE *);	/* ... and of offloader.conf(5) */

#endif
