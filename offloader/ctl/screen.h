/*
 * screen.h - text that is shown again and again, on a terminal or not.
 *
 * A terminal is left as it was, however one leaves: signals wait until somebody
 * looks for them.
 */
#ifndef OFFLOADER_SCREEN_H
#define OFFLOADER_SCREEN_H

#include <signal.h>
#include <stdbool.h>

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
