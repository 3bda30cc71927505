/*
 * include.h - the files of a configuration, and how much of them is enough.
 */
#ifndef OFFLOADER_INCLUDE_H
#define OFFLOADER_INCLUDE_H

#include <glob.h>
#include <stddef.h>

#include "base/err.h"

/* What has been read so far; begins zeroed. */
struct include {
	size_t bytes;
	unsigned files;
};

/* Reads a whole file, which the caller frees. NULL: a sentence. */
char *include_read(struct include *, const char *path, size_t *len,
    struct err *);

/*
 * Which files "include PATTERN" in the file FROM means: relative names begin
 * where FROM is. A pattern may match nothing; a plain name is always one file,
 * there or not. The caller calls globfree() unless it is -1.
 */
int include_find(const char *from, const char *pattern, glob_t *,
    struct err *);

#endif
