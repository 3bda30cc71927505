/*
 * figures.h - what "stats" answers, to be calculated with.
 */
#ifndef OFFLOADER_FIGURES_H
#define OFFLOADER_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

struct figure {
	const char *name;
	const char *labels;	/* as they were written; "": none */
	double value;
};

struct figures {
	struct figure *all;	/* in the order in which they were written */
	size_t n;
	char *text;
};

/* Takes over the text. What is no figure is passed over. -1: no memory. */
int figures_read(struct figures *, char *text);
void figures_clear(struct figures *);

/* The sum of all of that name, and of a label's value if label is not NULL. */
double figures_sum(const struct figures *, const char *name,
    const char *label, const char *value);

/* The next one of that name: *at begins as 0. NULL: that was the last. */
const struct figure *figures_next(const struct figures *, const char *name,
    size_t *at);

/* What one of these labels was before; 0: it was not there. */
double figures_was(const struct figures *, const struct figure *);

/*
 * Below what a share of a histogram's values is that came in between. 0: none
 * came; infinity: not even the last bound is enough.
 */
double figures_below(const struct figures *now, const struct figures *before,
    const char *name, double share);

/* A label's value, cut to what has room. Returns out; "": it has none. */
char *figure_label(const struct figure *, const char *label, char *out,
    size_t size);

#endif
