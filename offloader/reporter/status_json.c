/*
 * status_json.c - what there is to see, for programs and for the status page.
 */
#include "log/json.h"
#include "reporter/stats_json.h"
#include "reporter/status_json.h"

#define FORMAT		1	/* a field that changes its meaning raises it */
#define DAY		86400
#define SOONEST		10	/* certificates that are told without asking */

static void
put_result(const char *name, const struct snapshot_result *o,
    const char *sentence, FILE *out)
{
	const struct result kind = { .kind = o->kind };

	fprintf(out, ",\n\"%s\": ", name);
	if (o->kind == RESULT_NONE) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"time\": %lld, \"outcome\": \"%s\", "
	    "\"generation\": %u, \"sentence\": ", (long long)o->when,
	    result_word(&kind), o->generation);
	json_string(sentence, out);
	putc('}', out);
}

static void
put_workers(const struct snapshot_view *v, FILE *out)
{
	const char *between = "\n";

	fputs(",\n\"workers\": [", out);
	for (uint32_t i = 0; i < v->head.named; i++) {
		const struct snapshot_worker *w = &v->worker[i];

		fprintf(out, "%s{\"generation\": %u, \"worker\": %u, "
		    "\"pid\": %d, \"state\": \"%s\"}", between, w->generation,
		    w->number, w->pid, w->state);
		between = ",\n";
	}
	putc(']', out);
}

static void
put_master(const struct snapshot_view *v, FILE *out)
{
	const struct snapshot_head *h = &v->head;

	fputs(", \"version\": ", out);
	json_string(h->version, out);
	fprintf(out, ", \"pid\": %d, \"started\": %lld,\n\"state\": \"%s\", "
	    "\"accepting\": %s, \"generation\": %u, "
	    "\"old_generations\": %u,\n\"workers_wanted\": %u, "
	    "\"workers_ready\": %u, \"reloads\": {\"ok\": %u, "
	    "\"failed\": %u}", h->pid, (long long)h->started, h->state,
	    snapshot_serves(v) ? "true" : "false", h->generation, h->old,
	    h->workers, h->ready, h->reloads - h->failed, h->failed);
	put_result("reload", &h->reload, v->reload, out);
	put_result("upgrade", &h->upgrade, v->upgrade, out);
	put_workers(v, out);
}

static void
put_certs(const struct status_source *s, FILE *out)
{
	time_t now = s->now.tv_sec;
	size_t expired = cert_list_until(s->certs, now);

	fprintf(out, ",\n\"certificates\": {\"total\": %zu, \"expired\": %zu, "
	    "\"within_7_days\": %zu, \"within_30_days\": %zu, "
	    "\"soonest\":\n", s->certs->n, expired,
	    cert_list_until(s->certs, now + 7 * DAY) - expired,
	    cert_list_until(s->certs, now + 30 * DAY) - expired);
	cert_list_json(s->certs, "", 0, SOONEST, out);
	putc('}', out);
}

void
status_json(const struct status_source *s, FILE *out)
{
	fprintf(out, "{\"format\": %d, \"time\": %lld.%03ld", FORMAT,
	    (long long)s->now.tv_sec, s->now.tv_nsec / 1000000);
	put_master(s->snapshot, out);
	put_certs(s, out);
	fputs(",\n\"metrics\": ", out);
	if (s->stats != NULL)
		stats_json(s->stats, s->view, out);
	else
		fputs("[]", out);
	fputs("}\n", out);
}
