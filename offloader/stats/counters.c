/*
 * counters.c - what one process has counted.
 */
#include "stats/counters.h"

static void
add_to_histogram(struct counters *t, unsigned at, const uint64_t *bounds,
    unsigned n, uint64_t value)
{
	unsigned i = 0;

	while (i < n && value > bounds[i])
		i++;
	counters_add(t, at + i, 1);
	counters_add(t, at + n + 1, value);
}

void
counters_add_time(struct counters *t, enum stats_cell at, double seconds)
{
	add_to_histogram(t, at, stats_time_bounds, STATS_TIME_BOUNDS,
	    seconds > 0 ? (uint64_t)(seconds * STATS_SECOND) : 0);
}

void
counters_add_size(struct counters *t, enum stats_cell at, size_t bytes)
{
	add_to_histogram(t, at, stats_size_bounds, STATS_SIZE_BOUNDS, bytes);
}

void
counters_add_handshake(struct counters *t, unsigned version, unsigned cipher,
    const char *group, bool resumed)
{
	counters_bump(&t->handshake[stats_cipher(cipher)][stats_group(group)]
	    [stats_version(version)][resumed], 1);
}
