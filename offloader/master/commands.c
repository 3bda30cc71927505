/*
 * commands.c - the part of the master that answers who asks it.
 */
#include "master/master_parts.h"
#include "reporter/metrics.h"

struct master_status
master_status_of(const struct master *m)
{
	return (struct master_status){ .version = m->start->version,
	    .started = m->started, .upgrading = m->successor.pid != 0,
	    .generations = &m->generations,
	    .reload = &m->reload, .upgrade = &m->upgrade };
}

void
master_publish(struct master *m)
{
	const struct master_status r = master_status_of(m);
	struct snapshot_view v;

	status_snapshot(&r, &v);
	snapshot_write(m->snapshot, &v);
}

char *
master_line(const struct master *m, char out[MASTER_LINE])
{
	const struct master_status r = master_status_of(m);

	return status_line(&r, out, MASTER_LINE);
}

static void
say_result(const struct master *m, const struct result *o, bool json,
    FILE *out)
{
	if (o->kind == RESULT_FAILED)
		fprintf(out, "failed %s\n", o->sentence);
	else if (o == &m->upgrade)
		fputs("ok the new program serves\n", out);
	else
		fprintf(out, "ok generation %u serves\n", o->generation);
	if (json) {
		status_result(o, out);
		putc('\n', out);
	}
}

/* One that begins after the question, because it sees what is asked for. */
static bool
answer_reload(struct master *m, struct ask *a, FILE *out)
{
	if (m->generations.ending) {
		fputs("failed the master is draining\n", out);
		return true;
	}
	if (a->serial == 0) {
		a->serial = m->reload.begun + 1;
		master_want_reload(m);
	}
	if (m->reload.settled < a->serial)
		return false;
	say_result(m, &m->reload, a->command.json, out);
	return true;
}

static bool
answer_upgrade(struct master *m, struct ask *a, FILE *out)
{
	struct err e;

	if (a->serial == 0) {
		if (master_want_upgrade(m, &e) != 0) {
			fprintf(out, "failed %s\n", e.text);
			return true;
		}
		a->serial = m->upgrade.begun;
	}
	if (m->upgrade.settled < a->serial)
		return false;
	say_result(m, &m->upgrade, a->command.json, out);
	return true;
}

static void
answer_stats(const struct master *m, FILE *out)
{
	const struct generation *g = m->generations.current;
	const struct metrics what = { .stats = m->stats,
	    .load = g != NULL ? &g->load : NULL,
	    .version = m->start->version };

	fputs("ok\n", out);
	if (metrics_write(&what, out) != 0)
		fputs("# out of memory\n", out);
}

bool
master_answer(void *master, struct ask *a, FILE *out)
{
	struct master *m = master;
	const struct master_status r = master_status_of(m);

	switch (a->command.verb) {
	case COMMAND_STATUS:
		fputs("ok\n", out);
		status_write(&r, a->command.json, out);
		return true;
	case COMMAND_WORKERS:
		fputs("ok\n", out);
		status_workers(&r, a->command.json, out);
		return true;
	case COMMAND_STATS:
		if (a->command.json)
			fputs("failed there is no JSON of stats\n", out);
		else
			answer_stats(m, out);
		return true;
	case COMMAND_RELOAD:
		return answer_reload(m, a, out);
	case COMMAND_DRAIN:
		if (!m->generations.ending)
			master_end(m, false, "asked to drain");
		fputs("ok draining\n", out);
		return true;
	case COMMAND_UPGRADE:
		return answer_upgrade(m, a, out);
	}
	return true;
}
