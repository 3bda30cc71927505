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
	LOG_EVENTS		/* 2: and what goes well */
};

struct log_sink {
	int level;		/* of enum log_level; above it: silence */
	const char *file;	/* appended to, or NULL */
	const char *access;	/* the same for log_access(): its own */
	const char *file_at, *access_at;	/* where they were asked for */
	bool syslog;
	int facility;		/* LOG_DAEMON and so on */
	bool quiet;		/* to stderr only errors (daemon) */
	bool leaves;		/* standard error will be somebody else's */
};

/*
 * Opens the sink and makes it the one in use; the strings are not needed
 * afterwards. Lines go to each of file, syslog and (quiet: errors only) stderr:
 *	2026-04-01T12:00:00.123Z offloader[worker 4711]: warning: TEXT
 * On failure -1 with a sentence, and the old sink stays. Before any call lines
 * go to stderr. Nothing here ever waits: what one of them cannot take at once
 * is lost to it, and how much it was is said there as soon as it takes more.
 */
int log_open(const struct log_sink *, struct err *);

/* What other processes may have from us, because they cannot open it. */
enum log_part { LOG_PART_FILE, LOG_PART_ACCESS, LOG_PART_SYSLOG };

/*
 * The descriptor of a part that is in use, or -1: for processes whose sink has
 * the same one. They make it theirs in place of the one they have had.
 */
int log_fd(enum log_part);
void log_set_fd(enum log_part, int fd);

/* Opens the way to syslog anew, if it is used and a second has passed. */
bool log_reach_syslog(void);

/* Told in the middle of a line. */
struct log_hooks {
	void (*lost)(void *);	/* a line, to one of the sinks */
	void (*deaf)(void *);	/* syslog is gone: told once a second */
	void *arg;
};
void log_set_hooks(const struct log_hooks *);

/* Lines say "offloader[ROLE PID]" from now on; the string must stay. */
void log_role(const char *role);

void log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * A line for the file of its own that the sink has for them, as it is; without
 * one to the other sinks at any level, behind a head and "conn ".
 */
void log_access(const char *line, size_t len);

/* Whether log_info() says anything: asked before a line is put together. */
bool log_events(void);

/*
 * Writes a text that holds no control byte, quote, backslash or half of a
 * UTF-8 letter: those become \xHH. Always terminated; returns out. A text that
 * does not fit ends in "...".
 */
char *log_escape(char *out, size_t size, const void *bytes, size_t len);

/*
 * It alone can open them; a confined process makes theirs its own.
 */

/* Takes what came with such a word, if anything did. False: it is another. */
bool log_message_take(char word, int fd);

#endif
