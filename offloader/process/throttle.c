/*
 * throttle.c - how long to wait before something is started once more.
 */
#include "process/throttle.h"

#define FIRST_DELAY	0.1	/* seconds */
#define LAST_DELAY	5.0
#define GOOD_LIFE	60.0	/* that makes us forget earlier deaths */

double
throttle_wait(struct throttle *t, double now)
{
	double wait = now - t->started > GOOD_LIFE ? 0 : t->delay;

	t->delay = wait == 0 ? FIRST_DELAY :
	    wait * 2 < LAST_DELAY ? wait * 2 : LAST_DELAY;
	return wait;
}
