/*
 * stats_json.c - every statistic of the stats, as JSON.
 */
#include <inttypes.h>

#include "log/json.h"
#include "stats/end_reason.h"
#include "reporter/stats_json.h"

struct json {
	const struct stats *stats;
	const struct stats_view *view;
	const char *between;		/* samples */
	FILE *out;
};

static void
put_value(const struct stats_row *r, uint64_t value, FILE *out)
{
	/* What two processes add to may be seen before the first has. */
	if (r->kind != STATS_COUNTER && (int64_t)value < 0)
		value = 0;
	if (r->unit == STATS_SECONDS)
		fprintf(out, "%" PRIu64 ".%06" PRIu64, value / STATS_SECOND,
		    value % STATS_SECOND);
	else
		fprintf(out, "%" PRIu64, value);
}

static void
begin_sample(struct json *j)
{
	fprintf(j->out, "%s{\"labels\": {", j->between);
	j->between = ",\n  ";
}

static void
end_sample(struct json *j, const struct stats_row *r, uint64_t value)
{
	fputs("}, \"value\": ", j->out);
	put_value(r, value, j->out);
	putc('}', j->out);
}

static const char *
label_value(const struct stats_row *r, unsigned i)
{
	return r->values != NULL ? r->values[i] :
	    end_reason_name((enum end_reason)i);
}

/* Of a reason, the first is that it has not ended. */
static unsigned
first_of(const struct stats_row *r)
{
	return r->label != NULL && r->values == NULL ? END_NONE + 1 : 0;
}

static unsigned
end_of(const struct stats_row *r)
{
	return r->label != NULL && r->values == NULL ? END_COUNT : r->n;
}

static void
put_process(struct json *j, const struct stats_row *r)
{
	for (unsigned i = first_of(r); i < end_of(r); i++) {
		begin_sample(j);
		if (r->label != NULL)
			fprintf(j->out, "\"%s\": \"%s\"", r->label,
			    label_value(r, i));
		end_sample(j, r, j->view->cell[r->at + i]);
	}
}

static void
put_front(struct json *j, const struct stats_row *r, unsigned front)
{
	char name[STATS_FRONT_NAME];

	stats_front_name(j->stats, front, name);
	for (unsigned i = 0; i < r->n; i++) {
		begin_sample(j);
		fputs("\"frontend\": ", j->out);
		json_string(name, j->out);
		if (r->label != NULL)
			fprintf(j->out, ", \"%s\": \"%s\"", r->label,
			    label_value(r, i));
		end_sample(j, r, j->view->front[front][r->at + i]);
	}
}

/* The place of all others shows only if somebody is there. */
static void
put_fronts(struct json *j, const struct stats_row *r)
{
	bool others = j->view->front[0][STATS_FRONT_CONNECTIONS] > 0;

	for (unsigned i = others ? 0 : 1; i < j->view->n_fronts; i++)
		put_front(j, r, i);
}

static void
put_handshake(struct json *j, const struct stats_row *r, unsigned cipher,
    unsigned group, unsigned version)
{
	for (unsigned resumed = 0; resumed < 2; resumed++) {
		uint64_t n = j->view->handshake[cipher][group][version]
		    [resumed];

		if (n == 0)
			continue;
		begin_sample(j);
		fprintf(j->out, "\"version\": \"%s\", \"cipher\": \"%s\", "
		    "\"group\": \"%s\", \"resumed\": \"%s\"",
		    stats_versions[version], stats_cipher_name(cipher),
		    stats_groups[group], resumed ? "true" : "false");
		end_sample(j, r, n);
	}
}

static void
put_handshakes(struct json *j, const struct stats_row *r)
{
	for (unsigned c = 0; c < STATS_CIPHERS; c++)
		for (unsigned g = 0; g < STATS_GROUPS; g++)
			for (unsigned v = 0; v < STATS_VERSIONS; v++)
				put_handshake(j, r, c, g, v);
}

/* Not cumulative, other than Prometheus's: one count more than bounds. */
static void
put_histogram(struct json *j, const struct stats_row *r)
{
	const uint64_t *cell = &j->view->cell[r->at];

	begin_sample(j);
	fputs("}, \"bounds\": [", j->out);
	for (unsigned i = 0; i < r->n_bounds; i++) {
		fputs(i > 0 ? ", " : "", j->out);
		put_value(r, r->bounds[i], j->out);
	}
	fputs("], \"counts\": [", j->out);
	for (unsigned i = 0; i <= r->n_bounds; i++)
		fprintf(j->out, "%s%" PRIu64, i > 0 ? ", " : "", cell[i]);
	fputs("], \"sum\": ", j->out);
	put_value(r, cell[r->n_bounds + 1], j->out);
	putc('}', j->out);
}

static const char *
kind_word(const struct stats_row *r)
{
	switch (r->kind) {
	case STATS_COUNTER:	return "counter";
	case STATS_GAUGE:
	case STATS_BIGGEST:	return "gauge";
	case STATS_TIMES:	return "histogram";
	}
	return "gauge";
}

static void
put_samples(struct json *j, const struct stats_row *r)
{
	j->between = "\n  ";
	if (r->kind == STATS_TIMES) {
		put_histogram(j, r);
		return;
	}
	switch (r->place) {
	case STATS_PROCESS:	put_process(j, r); return;
	case STATS_FRONT:	put_fronts(j, r); return;
	case STATS_HANDSHAKE:	put_handshakes(j, r); return;
	case STATS_CERTIFICATES:
	case STATS_BUILD:	return;
	}
}

void
stats_json(const struct stats *stats, struct stats_view *view, FILE *out)
{
	struct json j = { .stats = stats, .view = view, .out = out };
	const char *between = "[\n";

	stats_read(stats, view);
	for (size_t i = 0; i < stats_n_rows; i++) {
		const struct stats_row *r = &stats_rows[i];

		/* These are told elsewhere. */
		if (r->place == STATS_CERTIFICATES || r->place == STATS_BUILD)
			continue;
		fprintf(out, "%s {\"name\": \"%s\", \"kind\": \"%s\",\n  "
		    "\"help\": \"%s\",\n  \"samples\": [", between, r->name,
		    kind_word(r), r->help);
		put_samples(&j, r);
		fputs("]}", out);
		between = ",\n";
	}
	fputs("]", out);
}
