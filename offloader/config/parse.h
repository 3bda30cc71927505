/*
 * parse.h - a configuration file, by way of the reader and of libconfuse.
 */
#ifndef OFFLOADER_PARSE_H
#define OFFLOADER_PARSE_H

#include "config/build.h"

/* Sets all options in the file. -1: it could not be read to its end. */
int parse_file(struct build *, const char *path);

/* The same with a text that is no file, and so cannot include any. */
int parse_text(struct build *, const char *name, const char *text,
    size_t len);

#endif
