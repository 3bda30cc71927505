/*
 * diagnostics.c - all that is wrong with a configuration, not only the first.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/diagnostics.h"

#define COMPLAINTS_MAX	100

struct diagnostic {
	struct err err;
	unsigned order;
	size_t nth;		/* qsort() is not stable without it */
};

bool
diagnostics_enough(const struct diagnostics *c)
{
	return c->n >= COMPLAINTS_MAX;
}

void
diagnostics_add(struct diagnostics *c, enum err_kind kind, unsigned order,
    const char *where, const char *fmt, ...)
{
	struct diagnostic new = { .order = order, .nth = c->n };
	va_list ap;

	if (diagnostics_enough(c))
		return;
	va_start(ap, fmt);
	vsnprintf(new.err.text, sizeof new.err.text, fmt, ap);
	va_end(ap);
	new.err.kind = kind;
	err_at(&new.err, where);
	for (size_t i = 0; c->list != NULL && i < c->n; i++)
		if (strcmp(c->list[i].err.text, new.err.text) == 0)
			return;
	if (c->list == NULL)
		c->list = calloc(COMPLAINTS_MAX, sizeof *c->list);
	/* Without memory the count alone must say that all is not well. */
	if (c->list != NULL)
		c->list[c->n] = new;
	c->n++;
}

static int
by_order(const void *a, const void *b)
{
	const struct diagnostic *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->nth < y->nth ? -1 : x->nth > y->nth;
}

int
diagnostics_report(struct diagnostics *c, void (*say)(const char *),
    struct err *e)
{
	int r = c->n > 0 ? -1 : 0;

	if (r == -1 && c->list == NULL) {
		err_set_kind(e, ERR_OS, "out of memory");
		say(e->text);
	} else if (r == -1) {
		qsort(c->list, c->n, sizeof *c->list, by_order);
		for (size_t i = 0; i < c->n; i++)
			say(c->list[i].err.text);
		*e = c->list[0].err;
	}
	free(c->list);
	*c = (struct diagnostics){ NULL, 0 };
	return r;
}
