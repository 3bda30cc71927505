/*
 * reader.h - configuration files, read into a conf statement by statement.
 */
#ifndef OFFLOADER_READER_H
#define OFFLOADER_READER_H

#include "config/build.h"

/*
 * Sets all options in a text, which cannot include files; or, without a text,
 * in the file of this name and in the files it includes. Faults are added to
 * the diagnostics, and what is faulty is left out. -1: reading stopped early.
 */
int reader_read(struct build *, const char *name, const char *text,
    size_t len);

#endif
