/*
 * metrics.c - what the stats says, as Prometheus reads it.
 */
#include <stdlib.h>

#include "log/json.h"
#include "stats/end_reason.h"
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
	json_string(value, out);
}

static const char *
kind(const struct stats_row *r)
{
	switch (r->kind) {
	case STATS_COUNTER:	return "counter";
	case STATS_GAUGE:
	case STATS_BIGGEST:	return "gauge";
	case STATS_TIMES:	return "histogram";
	}
	return "untyped";
}

static const char *
label_value(const struct stats_row *r, unsigned i)
{
	return r->values != NULL ? r->values[i] :
	    end_reason_name((enum end_reason)i);
}

/* A label without values of its own is a reason; nothing ends without one. */
static bool
has_value(const struct stats_row *r, unsigned i)
{
	return r->values != NULL || (i != END_NONE && i < END_COUNT);
}

/* One for each value of the label; first: of a frontend, in front of it. */
static void
put_cells(const struct page *p, const uint64_t *cell, const char *front)
{
	const struct stats_row *r = p->row;

	for (unsigned i = 0; i < r->n; i++) {
		if (r->label != NULL && !has_value(r, i))
			continue;
		fputs(r->name, p->out);
		if (r->label != NULL || front != NULL)
			putc('{', p->out);
		if (front != NULL)
			put_label(p->out, "frontend", front);
		if (r->label != NULL && front != NULL)
			putc(',', p->out);
		if (r->label != NULL)
			put_label(p->out, r->label, label_value(r, i));
		if (r->label != NULL || front != NULL)
			putc('}', p->out);
		put_value(p, cell[r->at + i]);
	}
}

/* Those that have no place of their own are there if there are any. */
static bool
has_counted(const uint64_t cell[STATS_FRONT_CELLS])
{
	for (unsigned i = 0; i < STATS_FRONT_CELLS; i++)
		if (cell[i] != 0)
			return true;
	return false;
}

static void
put_fronts(const struct page *p)
{
	const struct stats_view *v = p->view;
	char name[STATS_FRONT_NAME];

	for (unsigned i = 0; i < v->n_fronts; i++)
		if (i > 0 || has_counted(v->front[i]))
			put_cells(p, v->front[i],
			    stats_front_name(p->m->stats, i, name));
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

static void
put_handshake(const struct page *p, unsigned cipher, unsigned group,
    const uint64_t n[STATS_VERSIONS][2])
{
	for (unsigned i = 0; i < 2 * STATS_VERSIONS; i++) {
		unsigned version = i / 2, resumed = i % 2;

		if (n[version][resumed] == 0)
			continue;
		fprintf(p->out, "%s{version=\"%s\",cipher=\"%s\",group=\"%s\","
		    "resumed=\"%s\"}", p->row->name, stats_versions[version],
		    stats_cipher_name(cipher), stats_groups[group],
		    resumed ? "true" : "false");
		put_value(p, n[version][resumed]);
	}
}

/* Only those that there were: the others are thousands. */
static void
put_handshakes(const struct page *p)
{
	for (unsigned c = 0; c < STATS_CIPHERS; c++)
		for (unsigned g = 0; g < STATS_GROUPS; g++)
			put_handshake(p, c, g, p->view->handshake[c][g]);
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
put_row(const struct page *p)
{
	const struct stats_row *r = p->row;

	fprintf(p->out, "# HELP %s %s\n# TYPE %s %s\n", r->name, r->help,
	    r->name, kind(r));
	switch (r->place) {
	case STATS_PROCESS:
		if (r->n_bounds > 0)
			put_histogram(p);
		else
			put_cells(p, p->view->cell, NULL);
		break;
	case STATS_FRONT:
		put_fronts(p);
		break;
	case STATS_HANDSHAKE:
		put_handshakes(p);
		break;
	case STATS_CERTIFICATES:
		put_certificates(p);
		break;
	case STATS_BUILD:
		put_build(p);
		break;
	}
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
