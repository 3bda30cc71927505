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

#define BOARD_FRONTS	4097	/* as many as may be configured, and "other" */

/* Large, but what nobody counts in costs no memory. */
struct tally {
	_Atomic uint64_t cell[BOARD_CELLS];
	_Atomic uint64_t handshake[BOARD_CIPHERS][BOARD_GROUPS]
	    [BOARD_VERSIONS][2];	/* the last: 1 if resumed */
	_Atomic uint64_t front[BOARD_FRONTS][BOARD_FRONT_CELLS];
};

static inline void
tally_bump(_Atomic uint64_t *cell, uint64_t n)
{
	/* Not one atomic step: nobody else writes. */
	atomic_store_explicit(cell, atomic_load_explicit(cell,
	    memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void
tally_add(struct tally *t, unsigned cell, uint64_t n)
{
	tally_bump(&t->cell[cell], n);
}

/* A gauge. */
static inline void
tally_set(struct tally *t, unsigned cell, uint64_t value)
{
	atomic_store_explicit(&t->cell[cell], value, memory_order_relaxed);
}

/* Less is added as (uint64_t)-1. */
static inline void
tally_add_front(struct tally *t, unsigned front, enum board_front_cell cell,
    uint64_t n)
{
	tally_bump(&t->front[front][cell], n);
}

/* Into a histogram: at is its first cell. Not less than 0 seconds. */
void tally_add_time(struct tally *, enum board_cell at, double seconds);
void tally_add_size(struct tally *, enum board_cell at, size_t bytes);

/* See board_version(), board_cipher() and board_group() for what they are. */
void tally_add_handshake(struct tally *, unsigned version, unsigned cipher,
    const char *group, bool resumed);

#endif
