/*
 * log.h - the log: levels and sinks.
 *
 * One line for each event. Data is an argument, never part of a format; bytes
 * from outside go through log_escape() first.
 */
#ifndef OFFLOADER_LOG_H
#define OFFLOADER_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum log_level {
	LOG_SILENT,		/* hitch's log-level 0 */
	LOG_TROUBLE,		/* 1: errors and warnings */
	LOG_EVENTS		/* 2: also normal events */
};

struct log_sink {
	int level;		/* enum log_level; lines above it are dropped */
	const char *file;	/* appended to, or NULL */
	const char *access;	/* the same for log_access() alone */
	const char *file_at, *access_at;	/* FILE:LINE of the options */
	bool syslog;
	int facility;		/* LOG_DAEMON and so on */
	bool quiet;		/* to stderr only errors (daemon) */
	bool leaves;		/* standard error will be closed (daemon) */
};

/*
 * Opens the sink and makes it the one in use; the strings are not needed
 * afterwards. Lines go to each of file, syslog and (quiet: errors only) stderr:
 *	2026-04-01T12:00:00.123Z offloader[worker 4711]: warning: TEXT
 * -1: an error message, and the old sink stays. Before any call lines go to
 * stderr. Nothing here ever blocks: a line that a destination cannot take at
 * once is lost, and the number of lost lines is written there later.
 */
int log_open(const struct log_sink *, struct err *);

/* The parts of a sink that confined processes cannot open themselves. */
enum log_part { LOG_PART_FILE, LOG_PART_ACCESS, LOG_PART_SYSLOG };

/*
 * The descriptor of a part, or -1 if it is not used. The other process replaces
 * its own descriptor by it.
 */
int log_fd(enum log_part);
void log_set_fd(enum log_part, int fd);

/* Connects to syslog again, if it is used and a second has passed. */
bool log_reach_syslog(void);

/* Called while a line is written. */
struct log_hooks {
	void (*lost)(void *);	/* a destination lost a line */
	void (*deaf)(void *);	/* syslog is gone: once a second */
	void *arg;
};
void log_set_hooks(const struct log_hooks *);

/* Lines begin with "offloader[ROLE PID]" from now on; role is borrowed. */
void log_role(const char *role);

void log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * Writes a line to the access log as it is. Without an access log of its own it
 * goes to the other destinations, at any level, after a head and "conn ".
 */
void log_access(const char *line, size_t len);

/* True if log_info() writes anything; checked before a costly line is made. */
bool log_events(void);

/*
 * Copies a text and replaces control bytes, quotes, backslashes and invalid
 * UTF-8 by \xHH. Always terminated; returns out. A text that does not fit ends
 * in "...".
 */
char *log_escape(char *out, size_t size, const void *bytes, size_t len);


/*
 * Takes over the descriptor that came with a message about the log (see
 * base/child_message.h). False: the message is about something else.
 */
bool log_message_take(char word, int fd);

#endif
