/*
 * strlist.h - a list of words.
 */
#ifndef OFFLOADER_STRLIST_H
#define OFFLOADER_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

/* Owned by the struct it stands in. */
struct strlist {
	char **word;
	size_t n;
};

/* Copies len bytes as one more word. -1: out of memory. */
int strlist_add(struct strlist *, const char *text, size_t len);

bool strlist_has(const struct strlist *, const char *text, size_t len);

/* The same words in the same order. */
bool strlist_same(const struct strlist *, const struct strlist *);

/* Frees what it owns and leaves it empty. */
void strlist_free(struct strlist *);

#endif
