/*
 * suggest.h - what to use in place of an unknown option.
 */
#ifndef OFFLOADER_SUGGEST_H
#define OFFLOADER_SUGGEST_H

#include <stddef.h>

#include "config/option.h"

/*
 * The message after "NAME: " for an unknown option NAME in this scope; top is
 * the scope outside of blocks. Returns out.
 */
char *suggest(const struct option_part *top, const struct option_part *scope,
    const char *name, char *out, size_t size);

#endif
