/*
 * strlist.h - a list of words.
 */
#ifndef OFFLOADER_STRLIST_H
#define OFFLOADER_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

/* Owned by the struct it stands in. */
struct words {
	char **word;
	size_t n;
};

/* Copies len bytes as one more word. -1: out of memory. */
int words_add(struct words *, const char *text, size_t len);

bool words_have(const struct words *, const char *text, size_t len);

/* The same words in the same order. */
bool words_same(const struct words *, const struct words *);

/* Frees what it owns and leaves it empty. */
void words_free(struct words *);

#endif
