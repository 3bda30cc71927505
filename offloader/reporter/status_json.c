/*
 * status_json.c - what there is to see, for programs and for the status page.
 */
#include <stdlib.h>
#include <string.h>

#include "stats/stats_walk.h"
#include "reporter/status_json.h"

#define FORMAT		1	/* a field that changes its meaning raises it */
#define DAY		86400
#define SOONEST		10	/* certificates in the document itself */

static void
put_result(struct json *j, const char *name, const struct snapshot_result *o,
    const char *sentence)
{
	const struct result kind = { .kind = o->kind };

	if (o->kind == RESULT_NONE) {
		json_null(j, name);
		return;
	}
	json_object(j, name);
	json_number(j, "time", o->when);
	json_string(j, "outcome", result_word(&kind));
	json_number(j, "generation", o->generation);
	json_string(j, "sentence", sentence);
	json_end(j);
}

static void
put_workers(struct json *j, const struct snapshot_view *v)
{
	json_array(j, "workers");
	for (uint32_t i = 0; i < v->head.named; i++) {
		const struct snapshot_worker *w = &v->worker[i];

		json_object(j, NULL);
		json_number(j, "generation", w->generation);
		json_number(j, "worker", w->number);
		json_number(j, "pid", w->pid);
		json_string(j, "state", w->state);
		json_end(j);
	}
	json_end(j);
}

static void
put_master(struct json *j, const struct snapshot_view *v)
{
	const struct snapshot_head *h = &v->head;

	json_string(j, "version", h->version);
	json_number(j, "pid", h->pid);
	json_number(j, "started", h->started);
	json_string(j, "state", h->state);
	json_bool(j, "accepting", snapshot_serves(v));
	json_number(j, "generation", h->generation);
	json_number(j, "old_generations", h->old);
	json_number(j, "workers_wanted", h->workers);
	json_number(j, "workers_ready", h->ready);
	json_object(j, "reloads");
	json_number(j, "ok", h->reloads - h->failed);
	json_number(j, "failed", h->failed);
	json_end(j);
	put_result(j, "reload", &h->reload, v->reload);
	put_result(j, "upgrade", &h->upgrade, v->upgrade);
	put_workers(j, v);
}

/* Of those that have not expired now. */
static void
put_within(struct json *j, const char *name, const struct status_source *s,
    time_t seconds)
{
	time_t now = s->now.tv_sec;

	json_number(j, name, (long long)(cert_list_until(s->certs,
	    now + seconds) - cert_list_until(s->certs, now)));
}

static void
put_certs(struct json *j, const struct status_source *s)
{
	json_object(j, "certificates");
	json_number(j, "total", (long long)s->certs->n);
	json_number(j, "expired", (long long)cert_list_until(s->certs,
	    s->now.tv_sec));
	put_within(j, "within_7_days", s, 7 * DAY);
	put_within(j, "within_30_days", s, 30 * DAY);
	cert_list_json(j, "soonest", s->certs, "", 0, SOONEST);
	json_end(j);
}

void
status_json(const struct status_source *s, FILE *out)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_number(&j, "format", FORMAT);
	json_micros(&j, "time", (uint64_t)s->now.tv_sec * 1000000 +
	    (uint64_t)s->now.tv_nsec / 1000);
	put_master(&j, s->snapshot);
	put_certs(&j, s);
	stats_json(&j, "metrics", s->stats, s->view);
	json_end(&j);
	putc('\n', out);
}

/* ------------------------------------------------- statistics ------------ */

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
		/* These are elsewhere in the document. */
		if (stats_rows[i].place != STATS_CERTIFICATES &&
		    stats_rows[i].place != STATS_BUILD)
			put_row(j, stats, view, &stats_rows[i]);
	json_end(j);
}

/* ------------------------------------------------- certificates ---------- */

#define NAMES_SHOWN	8	/* of one certificate; the others are counted */

static int
by_end(const void *a, const void *b)
{
	const struct cert *one = *(const struct cert *const *)a;
	const struct cert *other = *(const struct cert *const *)b;

	if (one->not_after != other->not_after)
		return one->not_after < other->not_after ? -1 : 1;
	return strcmp(one->file, other->file);
}

int
cert_list_make(struct cert_list *l, const struct cert_load *load)
{
	size_t at = 0, n = 0;

	while (cert_store_next(load, &at, NULL) != NULL)
		n++;
	*l = (struct cert_list){ .cert = calloc(n + 1, sizeof *l->cert) };
	if (l->cert == NULL)
		return -1;
	for (at = 0; l->n < n; l->n++)
		l->cert[l->n] = cert_store_next(load, &at, NULL);
	qsort(l->cert, l->n, sizeof *l->cert, by_end);
	return 0;
}

void
cert_list_free(struct cert_list *l)
{
	free(l->cert);
	*l = (struct cert_list){ .n = 0 };
}

size_t
cert_list_until(const struct cert_list *l, time_t when)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->cert[middle]->not_after < when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
has(const struct cert *c, const char *text)
{
	if (*text == '\0' || strcasestr(c->file, text) != NULL)
		return true;
	for (size_t i = 0; i < c->n_names; i++)
		if (strcasestr(c->names[i], text) != NULL)
			return true;
	return false;
}

static void
put_cert(struct json *j, const struct cert *c)
{
	size_t shown = c->n_names < NAMES_SHOWN ? c->n_names : NAMES_SHOWN;

	json_object(j, NULL);
	json_string(j, "file", c->file);
	json_array(j, "names");
	for (size_t i = 0; i < shown; i++)
		json_string(j, NULL, c->names[i]);
	json_end(j);
	json_number(j, "more_names", (long long)(c->n_names - shown));
	json_string(j, "key", c->key_alg);
	json_number(j, "not_before", c->not_before);
	json_number(j, "not_after", c->not_after);
	json_end(j);
}

void
cert_list_json(struct json *j, const char *name, const struct cert_list *l,
    const char *text, size_t from, size_t count)
{
	size_t found = 0;

	json_object(j, name);
	json_array(j, "certificates");
	for (size_t i = 0; i < l->n; i++) {
		if (!has(l->cert[i], text))
			continue;
		if (found >= from && found - from < count)
			put_cert(j, l->cert[i]);
		found++;
	}
	json_end(j);
	json_number(j, "from", (long long)from);
	json_number(j, "found", (long long)found);
	json_number(j, "total", (long long)l->n);
	json_end(j);
}
