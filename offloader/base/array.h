/*
 * array.h - arrays that grow by one item at a time, and lists of strings.
 */
#ifndef OFFLOADER_ARRAY_H
#define OFFLOADER_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes room for one more item in an array that has n of them, of so many
 * bytes each, and that was made by this function alone (NULL: n is 0). Returns
 * the array, moved perhaps, for the caller to store; it is freed by free().
 * NULL: out of memory, and the old array is as it was.
 */
void *array_grow(void *items, size_t n, size_t size);

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
