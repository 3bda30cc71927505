/*
 * array.c - arrays that grow by one item at a time, and lists of strings.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The room is always a power of two, so that nobody needs to remember it. */
void *
array_grow(void *items, size_t n, size_t size)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return items;
	if (n > SIZE_MAX / 2 || 2 * n > SIZE_MAX / size)
		return NULL;
	return realloc(items, (n > 0 ? 2 * n : 1) * size);
}

/* ------------------------------------------------- lists of strings ------ */

int
strlist_add(struct strlist *w, const char *text, size_t len)
{
	char **grown, *copy = strndup(text, len);

	if (copy == NULL)
		return -1;
	grown = reallocarray(w->word, w->n + 1, sizeof *w->word);
	if (grown == NULL) {
		free(copy);
		return -1;
	}
	w->word = grown;
	w->word[w->n++] = copy;
	return 0;
}

bool
strlist_has(const struct strlist *w, const char *text, size_t len)
{
	for (size_t i = 0; i < w->n; i++)
		if (strlen(w->word[i]) == len &&
		    memcmp(w->word[i], text, len) == 0)
			return true;
	return false;
}

bool
strlist_same(const struct strlist *a, const struct strlist *b)
{
	/* One often borrows the other's array. */
	for (size_t i = 0; a->word != b->word && i < a->n && i < b->n; i++)
		if (strcmp(a->word[i], b->word[i]) != 0)
			return false;
	return a->n == b->n;
}

void
strlist_free(struct strlist *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct strlist){ NULL, 0 };
}
