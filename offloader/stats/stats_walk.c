/*
 * stats_walk.c - every sample of a statistic, one after the other.
 */
#include "stats/stats_walk.h"

struct walk {
	const struct stats_row *row;
	stats_sample_fn *fn;
	void *arg;
	struct stats_sample sample;
};

static void
add_label(struct walk *w, const char *name, const char *value)
{
	w->sample.label[w->sample.n_labels].name = name;
	w->sample.label[w->sample.n_labels++].value = value;
}

/* A gauge that two processes change may be below zero for a moment. */
static void
end_sample(struct walk *w, uint64_t value)
{
	bool negative = w->row->kind != STATS_COUNTER && (int64_t)value < 0;

	w->sample.value = negative ? 0 : value;
	w->fn(w->arg, &w->sample);
	w->sample.n_labels = 0;
}

/* One for each value of the label; front: of that frontend, or NULL. */
static void
each_cell(struct walk *w, const uint64_t *cell, const char *front)
{
	const struct stats_row *r = w->row;

	for (unsigned i = r->skip; i < r->n; i++) {
		if (front != NULL)
			add_label(w, "frontend", front);
		if (r->label != NULL)
			add_label(w, r->label, r->values[i]);
		end_sample(w, cell[r->at + i]);
	}
}

/* Frontends without an index of their own are counted together, at 0. */
static void
each_front(struct walk *w, const struct stats *stats,
    const struct stats_view *v)
{
	char name[STATS_FRONT_NAME];

	for (unsigned i = 0; i < v->n_fronts; i++)
		if (i > 0 || v->front[i][STATS_FRONT_CONNECTIONS] > 0)
			each_cell(w, v->front[i],
			    stats_front_name(stats, i, name));
}

static void
each_version(struct walk *w, unsigned cipher, unsigned group,
    const uint64_t n[STATS_VERSIONS][2])
{
	for (unsigned i = 0; i < 2 * STATS_VERSIONS; i++) {
		unsigned version = i / 2, resumed = i % 2;

		if (n[version][resumed] == 0)
			continue;
		add_label(w, "version", stats_versions[version]);
		add_label(w, "cipher", stats_cipher_name(cipher));
		add_label(w, "group", stats_groups[group]);
		add_label(w, "resumed", resumed ? "true" : "false");
		end_sample(w, n[version][resumed]);
	}
}

/* Combinations that never happened are left out: they are thousands. */
static void
each_handshake(struct walk *w, const struct stats_view *v)
{
	for (unsigned c = 0; c < STATS_CIPHERS; c++)
		for (unsigned g = 0; g < STATS_GROUPS; g++)
			each_version(w, c, g, v->handshake[c][g]);
}

void
stats_each(const struct stats *stats, const struct stats_view *v,
    const struct stats_row *r, stats_sample_fn *fn, void *arg)
{
	struct walk w = { .row = r, .fn = fn, .arg = arg };

	switch (r->place) {
	case STATS_PROCESS:
		if (r->kind != STATS_TIMES)
			each_cell(&w, v->cell, NULL);
		return;
	case STATS_FRONT:	each_front(&w, stats, v); return;
	case STATS_HANDSHAKE:	each_handshake(&w, v); return;
	case STATS_CERTIFICATES:
	case STATS_BUILD:	return;
	}
}

const char *
stats_kind_name(const struct stats_row *r)
{
	switch (r->kind) {
	case STATS_COUNTER:	return "counter";
	case STATS_GAUGE:
	case STATS_BIGGEST:	return "gauge";
	case STATS_TIMES:	return "histogram";
	}
	return "untyped";
}
