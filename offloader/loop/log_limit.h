/*
 * log_limit.h - says the first few of many like lines, and how many more there
 * were.
 *
 * For what strangers can make us say as often as they like.
 */
#ifndef OFFLOADER_LOG_LIMIT_H
#define OFFLOADER_LOG_LIMIT_H

#include <stdbool.h>

#include <ev.h>

#define LOG_LIMIT_LINES	5	/* in a minute */

struct log_limit {
	struct ev_loop *loop;
	const char *what;	/* borrowed: "refused PROXY headers" */
	unsigned most;		/* lines in a minute; 0: all */
	unsigned said, unsaid;	/* in this one */
	ev_timer minute;	/* runs from the first line on */
};

void log_limit_init(struct log_limit *, struct ev_loop *, const char *what,
    unsigned most);

/* Whether one more line may be said. If not it is counted, and told later. */
bool log_limit_allow(struct log_limit *);

/* Tells now what was not said. */
void log_limit_stop(struct log_limit *);

#endif
