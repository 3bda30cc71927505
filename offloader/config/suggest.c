/*
 * suggest.c - what to use in place of an unknown option.
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

/* How many letters to change, add, leave out or swap (Damerau). */
static size_t
distance(const char *a, const char *b)
{
	/* Only three rows of the matrix are needed; they take run_queue. */
	size_t row[3][LONGEST + 1], *here = row[0], *above, *over;
	size_t i, j, n = strlen(b);

	assert(n <= LONGEST);
	for (j = 0; j <= n; j++)
		here[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		above = here;
		here = row[i % 3];
		over = row[(i + 1) % 3];	/* of i - 2 */
		here[0] = i;
		for (j = 1; j <= n; j++) {
			here[j] = least(least(above[j], here[j - 1]) + 1,
			    above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				here[j] = least(here[j], over[j - 2] + 1);
		}
	}
	return here[n];
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
	const struct hitch_option *g;
	const char *other;

	for (g = hitch_options; g->name != NULL; g++)
		if (strcmp(g->name, name) == 0) {
			snprintf(out, size, "%s", g->say);
			return out;
		}
	if (option_look(top, name, NULL) != NULL)
		snprintf(out, size, "not allowed inside a block");
	else if ((other = block_of(top, name)) != NULL)
		snprintf(out, size, "only allowed in the block of a %s",
		    other);
	else if ((other = nearest(scope, name)) != NULL)
		snprintf(out, size, "unknown option; did you mean %s?",
		    other);
	else
		snprintf(out, size, "unknown option");
	return out;
}
