/*
 * counters.h - what one process has counted; see stats.h.
 *
 * Nobody else writes it: to count is to add, without a lock.
 */
#ifndef OFFLOADER_COUNTERS_H
#define OFFLOADER_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "stats/stats_rows.h"

#define STATS_FRONTS	4097	/* as many as may be configured, and "other" */

/* Large, but what nobody counts in costs no memory. */
struct counters {
	_Atomic uint64_t cell[STATS_CELLS];
	_Atomic uint64_t handshake[STATS_CIPHERS][STATS_GROUPS]
	    [STATS_VERSIONS][2];	/* the last: 1 if resumed */
	_Atomic uint64_t front[STATS_FRONTS][STATS_FRONT_CELLS];
};

static inline void
counters_bump(_Atomic uint64_t *cell, uint64_t n)
{
	/* Not one atomic step: nobody else writes. */
	atomic_store_explicit(cell, atomic_load_explicit(cell,
	    memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void
counters_add(struct counters *t, unsigned cell, uint64_t n)
{
	counters_bump(&t->cell[cell], n);
}

/* A gauge. */
static inline void
counters_set(struct counters *t, unsigned cell, uint64_t value)
{
	atomic_store_explicit(&t->cell[cell], value, memory_order_relaxed);
}

/* Less is added as (uint64_t)-1. */
static inline void
counters_add_front(struct counters *t, unsigned front,
    enum stats_front_cell cell, uint64_t n)
{
	counters_bump(&t->front[front][cell], n);
}

/* Into a histogram: at is its first cell. Not less than 0 seconds. */
void counters_add_time(struct counters *, enum stats_cell at, double seconds);
void counters_add_size(struct counters *, enum stats_cell at, size_t bytes);

/* See stats_version(), stats_cipher() and stats_group() for what they are. */
void counters_add_handshake(struct counters *, unsigned version,
    unsigned cipher, const char *group, bool resumed);

#endif
