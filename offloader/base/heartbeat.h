/*
 * heartbeat.h - signs of life in shared memory: a process beats, another
 * counts.
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

#endif
