/*
 * stats.h - counters in shared memory, which outlive whoever counts.
 *
 * Each process has a slot, with a counters that nobody else writes: to count is
 * to add, without a lock. What is read is the sum of all slots. A slot whose
 * process has ended keeps its counters, and the next one goes on from there:
 * nothing is ever moved, so that no reader can miss it or see it twice. Gauges
 * go with their process. The memory is handed from master to master; what is
 * in it is believed as far as it can do no harm.
 */
#ifndef OFFLOADER_STATS_H
#define OFFLOADER_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "stats/stats_rows.h"

/*
 * Nobody else writes it: to count is to add, without a lock.
 */

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

#define STATS_FRONT_NAME	256	/* bytes of a frontend's name */
#define STATS_SLOTS	(sizeof(void *) > 4 ? 4096 : 256)

struct stats;

/*
 * The stats that fd holds, which it takes over; or a new one if fd is -1 or
 * has another layout (*fresh says so). It is zeroed, and shared with children.
 * NULL: errno.
 */
struct stats *stats_new(int fd, bool *fresh);

/* For the next program. -1: the system would not let us; it begins anew. */
int stats_fd(const struct stats *);
void stats_free(struct stats *);

/* In a child that may count and read, but is not to hand it over. */
void stats_leave(struct stats *);

/*
 * Takes a slot for this process. One is always there: if all are taken, it is
 * one that nobody reads, and the log says so.
 */
struct counters *stats_attach(struct stats *);

/* A process has ended: its gauges vanish, and its slot is free. */
void stats_detach(struct stats *, pid_t);

/*
 * The place of a frontend, by its name: 0, that of all others, if there have
 * been too many. For one process at a time.
 */
unsigned stats_front(struct stats *, const char *name);

/* A name out of it, by place. Returns out. */
char *stats_front_name(const struct stats *, unsigned place,
    char out[STATS_FRONT_NAME]);

/* Sums over all slots. */
struct stats_view {
	uint64_t cell[STATS_CELLS];
	uint64_t handshake[STATS_CIPHERS][STATS_GROUPS][STATS_VERSIONS][2];
	unsigned n_fronts;
	uint64_t front[STATS_FRONTS][STATS_FRONT_CELLS];
};

/* Any process may, at any time. The view is large: not for the stack. */
void stats_read(const struct stats *, struct stats_view *);

#endif
