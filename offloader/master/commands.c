/*
 * commands.c - the part of the master that answers the control socket.
 */
#include "master/lifecycle.h"
#include "master/publish.h"
#include "master/reload.h"
#include "master/take_over.h"
#include "reporter/metrics.h"
#include "master/commands.h"

static void
answer_result(const struct master *m, const struct result *o, bool json,
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

/* Only a reload that begins after the request reads what was changed. */
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
	answer_result(m, &m->reload, a->command.json, out);
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
	answer_result(m, &m->upgrade, a->command.json, out);
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
			fputs("failed stats has no JSON form\n", out);
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
