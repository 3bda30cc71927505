/*
 * loop_lag.c - how late a loop comes to a timer that it has anyway.
 */
#include "serve/loop_lag.h"

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
