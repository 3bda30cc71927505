/*
 * strlist.h - a list of words.
 */
#ifndef OFFLOADER_STRLIST_H
#define OFFLOADER_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

/* Owns its strings. */
struct strlist {
	char **word;
	size_t n;
};

/* Appends a copy of len bytes. -1: out of memory. */
int strlist_add(struct strlist *, const char *text, size_t len);

bool strlist_has(const struct strlist *, const char *text, size_t len);

/* True if both have the same strings in the same order. */
bool strlist_same(const struct strlist *, const struct strlist *);

/* Frees the strings and leaves the list empty. */
void strlist_free(struct strlist *);

#endif
