/*
 * publish.c - tells others how the master is: status, snapshot, counters.
 */
#include <unistd.h>

#include "log/log.h"
#include "master/publish.h"

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

int
master_open_stats(struct master *m)
{
	int handed = m->start->handed->stats;
	bool fresh;

	m->stats = stats_new(handed, &fresh);
	if (m->stats == NULL || (m->counters = stats_attach(m->stats)) == NULL)
		return -1;
	if (handed != -1 && fresh)
		log_warn("the old master's counters have another layout: all "
		    "counters start at 0");
	return 0;
}

void
master_yield_stats(struct master *m)
{
	struct counters *next;

	stats_detach(m->stats, getpid());
	if ((next = stats_attach(m->stats)) != NULL)
		m->counters = next;
}

void
master_count_generation(struct master *m)
{
	counters_set(m->counters, STATS_GENERATION,
	    m->generations.current->number);
	counters_set(m->counters, STATS_START_TIME,
	    (uint64_t)m->started * STATS_SECOND);
	counters_set(m->counters, STATS_LAST_RELOAD_OK, 1);
}

void
master_count_reload(struct master *m, bool ok)
{
	counters_add(m->counters, ok ? STATS_RELOADS_OK : STATS_RELOADS_FAILED,
	    1);
	counters_set(m->counters, STATS_LAST_RELOAD_OK, ok);
}
