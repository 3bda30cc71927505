/*
 * document.h - the option rows as people read them; --help.
 *
 * The sample, the manual pages and the completion are printed when offloader
 * is built, by test/shape/texts.c, from the same rows.
 */
#ifndef OFFLOADER_DOCUMENT_H
#define OFFLOADER_DOCUMENT_H

#include <stdio.h>

#include "config/option.h"

void document_help(FILE *);

/* Prints a text in lines, each with something before it. */
void document_wrap(FILE *, const char *before, const char *text);

/* A row's help, and what is true of it beyond that. */
void document_prose(const struct option_row *, char *out, size_t size);

/* Calls for each row of a scope. */
void document_each(FILE *, const struct option_part *scope,
    void (*one)(FILE *, const struct option_part *,
    const struct option_row *));

/* True if "--NAME" may be followed by "=on". */
bool document_is_switch(const struct option_row *);

#endif
