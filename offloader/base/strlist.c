/*
 * strlist.c - a list of words.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strlist.h"

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
