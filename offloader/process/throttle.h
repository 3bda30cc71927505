/*
 * throttle.h - how long to wait before something is started once more.
 */
#ifndef OFFLOADER_THROTTLE_H
#define OFFLOADER_THROTTLE_H

/* All zero: it never was. */
struct throttle {
	double started;		/* when it was last, in seconds */
	double delay;		/* before the next start but one */
};

/*
 * Seconds from its end until its next start: none the first time, then 0.1,
 * doubling to 5; a minute of life makes it the first time again.
 */
double throttle_wait(struct throttle *, double now);

#endif
