/*
 * heartbeat.c - signs of life in shared memory: a process beats, another
 * counts.
 */
#include <sys/mman.h>

#include "base/heartbeat.h"

struct heartbeat *
heartbeat_new(size_t n)
{
	struct heartbeat *p = mmap(NULL, n * sizeof *p, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
heartbeat_free(struct heartbeat *p, size_t n)
{
	if (p != NULL)
		munmap(p, n * sizeof *p);
}

/* ------------------------------------------------- lag of the loop ------- */

void
loop_lag_init(struct loop_lag *l, double beat)
{
	*l = (struct loop_lag){ .beat = beat };
}

void
loop_lag_beat(struct loop_lag *l, double time)
{
	double late = l->last > 0 ? time - l->last - l->beat : 0;

	l->last = time;
	if (l->since == 0)
		l->since = time;
	if (time - l->since > LOOP_LAG_WINDOW) {
		l->before = time - l->since > 2 * LOOP_LAG_WINDOW ? 0 : l->now;
		l->now = 0;
		l->since = time;
	}
	if (late > l->now)
		l->now = late;
}

double
loop_lag_worst(const struct loop_lag *l)
{
	return l->now > l->before ? l->now : l->before;
}
