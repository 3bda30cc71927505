/*
 * loop_lag.c - how late a loop comes to a timer that it has anyway.
 */
#include "serve/loop_lag.h"

void
lag_init(struct lag *l, double beat)
{
	*l = (struct lag){ .beat = beat };
}

void
lag_beat(struct lag *l, double time)
{
	double late = l->last > 0 ? time - l->last - l->beat : 0;

	l->last = time;
	if (l->since == 0)
		l->since = time;
	if (time - l->since > LAG_WINDOW) {
		l->before = time - l->since > 2 * LAG_WINDOW ? 0 : l->now;
		l->now = 0;
		l->since = time;
	}
	if (late > l->now)
		l->now = late;
}

double
lag_worst(const struct lag *l)
{
	return l->now > l->before ? l->now : l->before;
}
