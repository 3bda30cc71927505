/*
 * suggest.c - what somebody may have meant by a name that is no option's.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/conf.h"
#include "config/suggest.h"

#define LONGEST	40		/* option's name, so that one row is enough */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters to change, add or leave out (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t diagonal, i, j, n = strlen(b), old, row[LONGEST + 1];

	assert(n <= LONGEST);
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; *a != '\0'; a++, i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			old = row[j];
			row[j] = least(least(row[j], row[j - 1]) + 1,
			    diagonal + (*a != b[j - 1]));
			diagonal = old;
		}
	}
	return row[n];
}

static const char *
nearest(const struct option_part *p, const char *name)
{
	const char *best = NULL;
	/* A third of the letters may be wrong, but not all of a short name. */
	size_t d, limit = strlen(name) / 3 + 1;

	for (; p->rows != NULL; p++)
		for (const struct option_row *o = p->rows; o->name; o++) {
			d = distance(name, o->name);
			if (d < limit || (d == limit && best == NULL)) {
				best = o->name;
				limit = d;
			}
		}
	return best;
}

/* The block that has such an option, or NULL. */
static const char *
block_of(const struct option_part *top, const char *name)
{
	for (; top->rows != NULL; top++)
		for (const struct option_row *o = top->rows; o->name; o++)
			if (o->inside != NULL &&
			    option_look(o->inside, name, NULL) != NULL)
				return o->name;
	return NULL;
}

char *
suggest(const struct option_part *top, const struct option_part *scope,
    const char *name, char *out, size_t size)
{
	const struct conf_gone *g;
	const char *other;

	for (g = conf_gone; g->name != NULL; g++)
		if (strcmp(g->name, name) == 0) {
			snprintf(out, size, "%s", g->say);
			return out;
		}
	if (option_look(top, name, NULL) != NULL)
		snprintf(out, size, "may not stand inside of a block");
	else if ((other = block_of(top, name)) != NULL)
		snprintf(out, size, "may only stand in the block of a %s",
		    other);
	else if ((other = nearest(scope, name)) != NULL)
		snprintf(out, size, "there is no such option; did you mean %s?",
		    other);
	else
		snprintf(out, size, "there is no such option");
	return out;
}
