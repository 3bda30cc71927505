/*
 * reader.h - text before libconfuse sees it.
 *
 * libconfuse 3.3 counts lines wrongly after comments, takes unclosed blocks
 * and duplicates without a word, stops at its first error, and knows neither
 * globs in includes nor "frontend = {". So this goes first: it lays all files
 * out as one text in the few forms that libconfuse gets right, and finds what
 * libconfuse would not.
 */
#ifndef OFFLOADER_READER_H
#define OFFLOADER_READER_H

#include <stddef.h>

#include "config/diagnostics.h"
#include "config/flat.h"
#include "config/option.h"

/*
 * Reads a file with all it includes, or a text that includes nothing (name is
 * what diagnostics call it). The scope is that of its top. Faults are added to
 * the diagnostics; what is faulty is left out of the flat text. Returns -1 if
 * reading stopped before the end. The caller calls flat_free() in any case.
 */
int reader_file(struct flat *, const char *path, const struct option_part *,
    struct diagnostics *);
int reader_text(struct flat *, const char *name, const char *text, size_t len,
    const struct option_part *, struct diagnostics *);

#endif
