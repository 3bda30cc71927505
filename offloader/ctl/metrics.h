/*
 * metrics.h - what "stats" answers, to be calculated with.
 */
#ifndef OFFLOADER_CTL_METRICS_H
#define OFFLOADER_CTL_METRICS_H

#include <stdbool.h>
#include <stddef.h>

struct metric {
	const char *name;
	const char *labels;	/* as they were written; "": none */
	double value;
};

struct metrics {
	struct metric *all;	/* in the order in which they were written */
	size_t n;
	char *text;
};

/* Takes over the text. What is no figure is passed over. -1: no memory. */
int metrics_read(struct metrics *, char *text);
void metrics_clear(struct metrics *);

/* The sum of all of that name, and of a label's value if label is not NULL. */
double metrics_sum(const struct metrics *, const char *name,
    const char *label, const char *value);

/* The next one of that name: *at begins as 0. NULL: that was the last. */
const struct metric *metrics_next(const struct metrics *, const char *name,
    size_t *at);

/* What one of these labels was before; 0: it was not there. */
double metrics_before(const struct metrics *, const struct metric *);

/*
 * Below what a share of a histogram's values is that came in between. 0: none
 * came; infinity: not even the last bound is enough.
 */
double metrics_quantile(const struct metrics *now, const struct metrics *before,
    const char *name, double share);

/* A label's value, cut to what has room. Returns out; "": it has none. */
char *metric_label(const struct metric *, const char *label, char *out,
    size_t size);

#endif
