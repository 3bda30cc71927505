/*
 * metrics.c - the statistics, as Prometheus reads it.
 */
#include <stdlib.h>

#include "log/json.h"
#include "stats/stats_walk.h"
#include "reporter/metrics.h"

/* A row that is being written, from a view. */
struct page {
	const struct metrics *m;
	const struct stats_view *view;
	const struct stats_row *row;
	FILE *out;
};

static void
put_value(const struct page *p, uint64_t value)
{
	if (p->row->unit == STATS_SECONDS)
		fprintf(p->out, " %llu.%06llu\n",
		    (unsigned long long)(value / STATS_SECOND),
		    (unsigned long long)(value % STATS_SECOND));
	else
		fprintf(p->out, " %llu\n", (unsigned long long)value);
}

/* NAME="VALUE": without control bytes JSON's strings are Prometheus's. */
static void
put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=", name);
	json_quote(out, value);
}

static void
put_sample(void *page, const struct stats_sample *sample)
{
	const struct page *p = page;

	fputs(p->row->name, p->out);
	for (unsigned i = 0; i < sample->n_labels; i++) {
		putc(i == 0 ? '{' : ',', p->out);
		put_label(p->out, sample->label[i].name,
		    sample->label[i].value);
	}
	if (sample->n_labels > 0)
		putc('}', p->out);
	put_value(p, sample->value);
}

static void
put_histogram(const struct page *p)
{
	const struct stats_row *r = p->row;
	const uint64_t *cell = &p->view->cell[r->at];
	double unit = r->unit == STATS_SECONDS ? STATS_SECOND : 1;
	uint64_t n = 0;

	for (unsigned i = 0; i < r->n_bounds; i++) {
		n += cell[i];
		fprintf(p->out, "%s_bucket{le=\"%g\"} %llu\n", r->name,
		    (double)r->bounds[i] / unit, (unsigned long long)n);
	}
	n += cell[r->n_bounds];
	fprintf(p->out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum", r->name,
	    (unsigned long long)n, r->name);
	put_value(p, cell[r->n_bounds + 1]);
	fprintf(p->out, "%s_count %llu\n", r->name, (unsigned long long)n);
}

/* A file has one certificate; only with another key may it come twice. */
static void
put_certificates(const struct page *p)
{
	const struct cert *c;
	size_t at = 0;

	while (p->m->load != NULL &&
	    (c = cert_store_next(p->m->load, &at, NULL)) != NULL) {
		fprintf(p->out, "%s{", p->row->name);
		put_label(p->out, "file", c->file);
		putc(',', p->out);
		put_label(p->out, "name", c->n_names > 0 ? c->names[0] : "");
		if (c->key_file != NULL) {
			putc(',', p->out);
			put_label(p->out, "key_file", c->key_file);
		}
		fprintf(p->out, "} %lld\n", (long long)c->not_after);
	}
}

static void
put_build(const struct page *p)
{
	fprintf(p->out, "%s{", p->row->name);
	put_label(p->out, "version", p->m->version);
	fputs("} 1\n", p->out);
}

static void
put_row(struct page *p)
{
	const struct stats_row *r = p->row;

	fprintf(p->out, "# HELP %s %s\n# TYPE %s %s\n", r->name, r->help,
	    r->name, stats_kind_name(r));
	stats_each(p->m->stats, p->view, r, put_sample, p);
	if (r->kind == STATS_TIMES)
		put_histogram(p);
	else if (r->place == STATS_CERTIFICATES)
		put_certificates(p);
	else if (r->place == STATS_BUILD)
		put_build(p);
}

int
metrics_write(const struct metrics *m, FILE *out)
{
	struct stats_view *view = malloc(sizeof *view);
	struct page page = { m, view, NULL, out };

	if (view == NULL)
		return -1;
	stats_read(m->stats, view);
	for (size_t i = 0; i < stats_n_rows; i++) {
		page.row = &stats_rows[i];
		put_row(&page);
	}
	free(view);
	return 0;
}
