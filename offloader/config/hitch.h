/*
 * hitch.h - what to use in place of an unknown option; hitch's among them.
 */
#ifndef OFFLOADER_HITCH_H
#define OFFLOADER_HITCH_H

#include "config/option.h"

/* The message after "NAME: " for an unknown option of a scope. Returns out. */
char *suggest(const struct option_part *scope, const char *name, char *out,
    size_t size);

#endif
