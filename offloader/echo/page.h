/*
 * page.h - what a connection's PROXY header said, for a person to read.
 */
#ifndef OFFLOADER_PAGE_H
#define OFFLOADER_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/proxy_header.h"

/*
 * The page as text, "name: value" a line, or as HTML. The header is NULL if
 * the connection had none, else "used" bytes long. Stores the length; the
 * caller frees the page. NULL: out of memory.
 */
char *page_new(const struct proxy_parsed *, size_t used, bool html,
    size_t *len);

#endif
