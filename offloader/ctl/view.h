/*
 * view.h - what top shows of two looks at the same offloader.
 */
#ifndef OFFLOADER_CTL_VIEW_H
#define OFFLOADER_CTL_VIEW_H

#include <signal.h>
#include <stdbool.h>

#include "ctl/metrics.h"

struct view {
	unsigned looks;
	char *status;			/* what the master says of itself */
	struct metrics now, before;
	double at, since;		/* when they were looked at */
};

/* A newer look in place of the older one. Takes both over. */
void view_update(struct view *, char *status, const struct metrics *,
    double time);

/* In lines; after one look there are few. To be freed. NULL: no memory. */
char *view_text(const struct view *);

void view_clear(struct view *);

/*
 * The terminal is restored on every way out: signals are blocked until we look
 * for them.
 */

struct screen {
	bool terminal;
	int signals;		/* readable: one of them waits */
	sigset_t before;	/* those that were blocked */
};

enum screen_event {
	SCREEN_TIME,		/* that long has passed */
	SCREEN_DRAW,		/* it is another size, or was another's */
	SCREEN_END		/* we are to leave */
};

/* -1: errno. */
int screen_open(struct screen *);
void screen_close(struct screen *);

/* Shows as much of it as has room; all of it where there is no terminal. */
void screen_show(const struct screen *, const char *text);

enum screen_event screen_wait(const struct screen *, double seconds);

#endif
