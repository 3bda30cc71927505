/*
 * loop_lag.h - how late a loop comes to a timer that it has anyway.
 *
 * The maximum is kept for one to two minutes, which is longer than the interval
 * at which statistics are read.
 */
#ifndef OFFLOADER_LOOP_LAG_H
#define OFFLOADER_LOOP_LAG_H

#define LOOP_LAG_WINDOW	60.0	/* seconds */

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
