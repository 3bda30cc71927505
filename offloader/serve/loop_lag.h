/*
 * loop_lag.h - how late a loop comes to a timer that it has anyway.
 *
 * The worst is kept for a minute at least and two at most: longer than those
 * who ask are apart.
 */
#ifndef OFFLOADER_LOOP_LAG_H
#define OFFLOADER_LOOP_LAG_H

#define LAG_WINDOW	60.0	/* seconds */

struct lag {
	double beat;		/* seconds between two beats */
	double last;		/* when the last one was; 0: none yet */
	double since;		/* when now's window began */
	double now, before;	/* the worst of this window and the last */
};

void lag_init(struct lag *, double beat);

/* The timer went off; by any clock that is not set. */
void lag_beat(struct lag *, double time);

double lag_worst(const struct lag *);	/* in seconds */

#endif
