/*
 * top.h - how an offloader is doing, again and again.
 */
#ifndef OFFLOADER_TOP_H
#define OFFLOADER_TOP_H

struct top {
	const char *socket;
	double interval;	/* seconds */
	unsigned long count;	/* of pages; 0: for ever, or one if they do not
				   go to a terminal */
};

/* Runs until a signal. Prints its errors. Returns an exit status. */
int top_run(const struct top *);

#endif
