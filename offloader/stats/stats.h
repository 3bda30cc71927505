/*
 * stats.h - counters in shared memory that outlive the processes that count.
 *
 * Each process has a slot of counters that no other process writes, so that
 * counting is an addition without a lock. A reader sums over all slots. The
 * counters of a process that has ended stay in its slot, and the next process
 * goes on from there: nothing is moved, so no reader can miss a count or see it
 * twice. Gauges end with their process. At an upgrade the memory is handed to
 * the next master. Its content is checked where a wrong value could do harm.
 */
#ifndef OFFLOADER_STATS_H
#define OFFLOADER_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "stats/stats_rows.h"


#define STATS_FRONTS	4097	/* as many as may be configured, and "other" */

/* Large, but pages that are never written cost no memory. */
struct counters {
	_Atomic uint64_t cell[STATS_CELLS];
	_Atomic uint64_t handshake[STATS_CIPHERS][STATS_GROUPS]
	    [STATS_VERSIONS][2];	/* the last: 1 if resumed */
	_Atomic uint64_t front[STATS_FRONTS][STATS_FRONT_CELLS];
};

static inline void
counters_bump(_Atomic uint64_t *cell, uint64_t n)
{
	/* Need not be one atomic step: there is one writer. */
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

/* To subtract one, add (uint64_t)-1. */
static inline void
counters_add_front(struct counters *t, unsigned front,
    enum stats_front_cell cell, uint64_t n)
{
	counters_bump(&t->front[front][cell], n);
}

/* Into the histogram whose first cell is at. Negative times count as 0. */
void counters_add_time(struct counters *, enum stats_cell at, double seconds);
void counters_add_size(struct counters *, enum stats_cell at, size_t bytes);

/* For the arguments see stats_version(), stats_cipher() and stats_group(). */
void counters_add_handshake(struct counters *, unsigned version,
    unsigned cipher, const char *group, bool resumed);

#define STATS_FRONT_NAME	256	/* bytes of a frontend's name */
#define STATS_SLOTS	(sizeof(void *) > 4 ? 4096 : 256)

struct stats;

/*
 * Takes over fd and the statistics in it. If fd is -1 or they have another
 * layout, makes new ones, zeroed, and sets *fresh. Shared with children. NULL:
 * errno.
 */
struct stats *stats_new(int fd, bool *fresh);

/* To hand over at an upgrade. -1: not possible; the next master starts at 0. */
int stats_fd(const struct stats *);
void stats_free(struct stats *);

/* In a child, which may count and read but not hand it over. */
void stats_leave(struct stats *);

/*
 * Takes a slot for this process. If all are taken, returns memory that is
 * never read, and logs that. NULL: out of memory.
 */
struct counters *stats_attach(struct stats *);

/* A process has ended: clears its gauges and frees its slot. */
void stats_detach(struct stats *, pid_t);

/*
 * The index of a frontend, by its name. 0, the index for "other", if there have
 * been too many. For the master only.
 */
unsigned stats_front(struct stats *, const char *name);

/* The name of a frontend, by index. Returns out. */
char *stats_front_name(const struct stats *, unsigned place,
    char out[STATS_FRONT_NAME]);

/* Sums over all slots. */
struct stats_view {
	uint64_t cell[STATS_CELLS];
	uint64_t handshake[STATS_CIPHERS][STATS_GROUPS][STATS_VERSIONS][2];
	unsigned n_fronts;
	uint64_t front[STATS_FRONTS][STATS_FRONT_CELLS];
};

/* By any process, at any time. The view is too large for the stack. */
void stats_read(const struct stats *, struct stats_view *);

#endif
