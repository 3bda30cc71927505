/*
 * stats_walk.h - every sample of a statistic, one after the other.
 */
#ifndef OFFLOADER_STATS_WALK_H
#define OFFLOADER_STATS_WALK_H

#include "stats/stats.h"

#define STATS_LABELS	4	/* most that one sample has */

/* All borrowed, and only until the next sample. */
struct stats_sample {
	struct { const char *name, *value; } label[STATS_LABELS];
	unsigned n_labels;
	uint64_t value;		/* in the row's unit; see stats_rows.h */
};

/*
 * Calls fn for each sample of a row. Handshakes that never happened are left
 * out, and so are "other" frontends without a connection. Histograms, which
 * are no single values, and what is not counted have no samples.
 */
typedef void stats_sample_fn(void *arg, const struct stats_sample *);
void stats_each(const struct stats *, const struct stats_view *,
    const struct stats_row *, stats_sample_fn *, void *arg);

/* "counter", "gauge" or "histogram". */
const char *stats_kind_name(const struct stats_row *);

#endif
