/*
 * heartbeat.h - signs of life in shared memory: a process beats, another
 * counts. And how late the beats come.
 */
#ifndef OFFLOADER_HEARTBEAT_H
#define OFFLOADER_HEARTBEAT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Beats, and looks, in the time after which no beat means no life. */
#define HEARTBEAT_BEATS	5

struct heartbeat {
	_Atomic uint32_t beats;
};

/* Maps n of them, shared with every child. NULL: errno. */
struct heartbeat *heartbeat_new(size_t n);
void heartbeat_free(struct heartbeat *, size_t n);

/* One is to be beaten by one process only. */
static inline void
heartbeat_beat(struct heartbeat *p)
{
	atomic_fetch_add_explicit(&p->beats, 1, memory_order_relaxed);
}

static inline uint32_t
heartbeat_count(struct heartbeat *p)
{
	return atomic_load_explicit(&p->beats, memory_order_relaxed);
}

#define LOOP_LAG_WINDOW	60.0	/* seconds */

/*
 * How late a loop comes to the timer of its beats. The maximum is kept for one
 * to two minutes, which is longer than the interval at which statistics are
 * read.
 */
struct loop_lag {
	double beat;		/* seconds between two beats */
	double last;		/* when the last one was; 0: none yet */
	double since;		/* when now's window began */
	double now, before;	/* the worst of this window and the last */
};

void loop_lag_init(struct loop_lag *, double beat);

/* The timer went off; by any clock that is not set. */
void loop_lag_beat(struct loop_lag *, double time);

double loop_lag_worst(const struct loop_lag *);	/* in seconds */

#endif
