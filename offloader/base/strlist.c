/*
 * strlist.c - a list of words.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strlist.h"

int
words_add(struct words *w, const char *text, size_t len)
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
words_have(const struct words *w, const char *text, size_t len)
{
	for (size_t i = 0; i < w->n; i++)
		if (strlen(w->word[i]) == len &&
		    memcmp(w->word[i], text, len) == 0)
			return true;
	return false;
}

bool
words_same(const struct words *a, const struct words *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->word[i], b->word[i]) != 0)
			return false;
	return a->n == b->n;
}

void
words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct words){ NULL, 0 };
}
