/*
 * log_limit.h - limits the rate of a kind of log lines.
 *
 * For lines that clients can cause as often as they like: the first few of a
 * minute are logged, then one line says how many more there were.
 */
#ifndef OFFLOADER_LOG_LIMIT_H
#define OFFLOADER_LOG_LIMIT_H

#include <stdbool.h>

#include <ev.h>

#define LOG_LIMIT_LINES	5	/* a minute, where nothing else is said */

struct log_limit {
	struct ev_loop *loop;
	const char *what;	/* borrowed: "refused PROXY headers" */
	unsigned most;		/* lines a minute; 0: no limit */
	unsigned logged, dropped;	/* in this minute */
	ev_timer minute;	/* begins with the first line */
};

void log_limit_init(struct log_limit *, struct ev_loop *, const char *what,
    unsigned most);

/* True if one more line may be logged. If not, it is counted. */
bool log_limit_allow(struct log_limit *);

/* Ends the minute: logs how many lines were dropped. */
void log_limit_stop(struct log_limit *);

#endif
