/*
 * diagnostics.c - all that is wrong with a configuration, not only the first.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/diagnostics.h"

bool
diagnostics_enough(const struct diagnostics *c)
{
	return c->n >= DIAGNOSTICS_MAX;
}

void
diagnostics_add(struct diagnostics *c, enum err_kind kind, unsigned order,
    const char *where, const char *fmt, ...)
{
	struct diagnostic new = { .order = order };
	va_list ap;
	size_t i;

	if (diagnostics_enough(c))
		return;
	va_start(ap, fmt);
	vsnprintf(new.err.text, sizeof new.err.text, fmt, ap);
	va_end(ap);
	new.err.kind = kind;
	err_at(&new.err, where);
	for (i = 0; i < c->n; i++)
		if (strcmp(c->list[i].err.text, new.err.text) == 0)
			return;
	for (i = c->n++; i > 0 && c->list[i - 1].order > order; i--)
		c->list[i] = c->list[i - 1];
	c->list[i] = new;
}

int
diagnostics_report(struct diagnostics *c, void (*say)(const char *),
    struct err *e)
{
	if (c->n == 0)
		return 0;
	for (size_t i = 0; i < c->n; i++)
		say(c->list[i].err.text);
	*e = c->list[0].err;
	c->n = 0;
	return -1;
}
