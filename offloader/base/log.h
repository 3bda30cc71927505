/*
 * log.h - lines for whoever watches: levels and sinks.
 *
 * One event, one line, key=value. Data is an argument, never part of a format;
 * bytes that came from outside go through log_escape() first.
 */
#ifndef OFFLOADER_LOG_H
#define OFFLOADER_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum log_level {
	LOG_SILENT,		/* hitch's log-level 0 */
	LOG_TROUBLE,		/* 1: errors and warnings */
	LOG_EVENTS		/* 2: and one line per connection */
};

struct log_sink {
	int level;		/* of enum log_level; above it: silence */
	const char *file;	/* appended to, or NULL */
	bool syslog;
	int facility;		/* LOG_DAEMON and so on */
	bool quiet;		/* to stderr only errors (daemon) */
};

/*
 * Opens the sink and makes it the one in use; the strings are not needed
 * afterwards. Lines go to each of file, syslog and (quiet: errors only) stderr:
 *	2026-04-01T12:00:00.123Z offloader[worker 4711]: warning: TEXT
 * On failure -1 with a sentence, and the old sink stays. Before any call lines
 * go to stderr.
 */
int log_open(const struct log_sink *, struct err *);

/*
 * The descriptor of the file in use, or -1: for other processes whose sink has
 * the same file. They make it theirs in place of the one they have had.
 */
int log_file(void);
void log_take_file(int fd);

/* Lines say "offloader[ROLE PID]" from now on; the string must stay. */
void log_role(const char *role);

void log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));

/* Whether log_info() says anything: asked before a line is put together. */
bool log_events(void);

/*
 * Writes a text that holds no control byte, quote, backslash or half of a
 * UTF-8 letter: those become \xHH. Always terminated; returns out. A text that
 * does not fit ends in "...".
 */
char *log_escape(char *out, size_t size, const void *bytes, size_t len);

#endif
