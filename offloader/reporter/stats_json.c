/*
 * stats_json.c - every statistic, as JSON.
 */
#include "stats/stats_walk.h"
#include "reporter/stats_json.h"

/* A row that is being written. */
struct page {
	struct json *json;
	const struct stats_row *row;
};

static void
put_value(const struct page *p, const char *name, uint64_t value)
{
	if (p->row->unit == STATS_SECONDS)
		json_micros(p->json, name, value);
	else
		json_number(p->json, name, (long long)value);
}

static void
put_sample(void *page, const struct stats_sample *sample)
{
	const struct page *p = page;

	json_object(p->json, NULL);
	json_object(p->json, "labels");
	for (unsigned i = 0; i < sample->n_labels; i++)
		json_string(p->json, sample->label[i].name,
		    sample->label[i].value);
	json_end(p->json);
	put_value(p, "value", sample->value);
	json_end(p->json);
}

/* Not cumulative, other than Prometheus's: one count more than bounds. */
static void
put_histogram(const struct page *p, const uint64_t *cell)
{
	const struct stats_row *r = p->row;

	json_object(p->json, NULL);
	json_object(p->json, "labels");
	json_end(p->json);
	json_array(p->json, "bounds");
	for (unsigned i = 0; i < r->n_bounds; i++)
		put_value(p, NULL, r->bounds[i]);
	json_end(p->json);
	json_array(p->json, "counts");
	for (unsigned i = 0; i <= r->n_bounds; i++)
		json_number(p->json, NULL, (long long)cell[i]);
	json_end(p->json);
	put_value(p, "sum", cell[r->n_bounds + 1]);
	json_end(p->json);
}

static void
put_row(struct json *j, const struct stats *stats, const struct stats_view *v,
    const struct stats_row *r)
{
	struct page p = { j, r };

	json_object(j, NULL);
	json_string(j, "name", r->name);
	json_string(j, "kind", stats_kind_name(r));
	json_string(j, "help", r->help);
	json_array(j, "samples");
	stats_each(stats, v, r, put_sample, &p);
	if (r->kind == STATS_TIMES)
		put_histogram(&p, &v->cell[r->at]);
	json_end(j);
	json_end(j);
}

void
stats_json(struct json *j, const char *name, const struct stats *stats,
    struct stats_view *view)
{
	json_array(j, name);
	if (stats != NULL)
		stats_read(stats, view);
	for (size_t i = 0; stats != NULL && i < stats_n_rows; i++)
		/* These are told elsewhere. */
		if (stats_rows[i].place != STATS_CERTIFICATES &&
		    stats_rows[i].place != STATS_BUILD)
			put_row(j, stats, view, &stats_rows[i]);
	json_end(j);
}
