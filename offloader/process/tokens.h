/*
 * tokens.h - whether keys live where somebody else's library must be asked.
 */
#ifndef OFFLOADER_TOKENS_H
#define OFFLOADER_TOKENS_H

#include <stdbool.h>

#include "config/conf.h"

/* Whether a private key is a URI, and not just a file's. */
bool tokens_wanted(const struct conf *);

#endif
