/*
 * suggest.h - what somebody may have meant by a name that is no option's.
 */
#ifndef OFFLOADER_SUGGEST_H
#define OFFLOADER_SUGGEST_H

#include <stddef.h>

#include "config/option.h"

/*
 * A sentence's end for "NAME: ...", to somebody who wrote NAME in a scope of a
 * file whose top is the scope top. Returns out.
 */
char *suggest(const struct option_part *top, const struct option_part *scope,
    const char *name, char *out, size_t size);

#endif
