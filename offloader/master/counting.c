/*
 * counting.c - the part of the master that keeps the stats, and what it
 * counts there itself.
 */
#include <unistd.h>

#include "log/log.h"
#include "master/master_parts.h"

int
master_open_stats(struct master *m)
{
	int handed = m->start->handed->stats;
	bool fresh;

	m->stats = stats_new(handed, &fresh);
	if (m->stats == NULL || (m->counters = stats_attach(m->stats)) == NULL)
		return -1;
	if (handed != -1 && fresh)
		log_warn("counters of another version were handed to us: they "
		    "begin anew");
	return 0;
}

/* Its gauges are those of whoever serves. */
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
