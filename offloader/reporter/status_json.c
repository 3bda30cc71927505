/*
 * status_json.c - what there is to see, for programs and for the status page.
 */
#include "reporter/stats_json.h"
#include "reporter/status_json.h"

#define FORMAT		1	/* a field that changes its meaning raises it */
#define DAY		86400
#define SOONEST		10	/* certificates that are told without asking */

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
