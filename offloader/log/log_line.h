/*
 * log_line.h - the parts of one line of the log.
 */
#ifndef OFFLOADER_LOG_LINE_H
#define OFFLOADER_LOG_LINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define LOG_TIME	32	/* bytes of a time in text */

/* "2026-04-01T12:00:00.123Z", or without the milliseconds. Returns out. */
char *log_time(const struct timespec *, bool millis, char out[LOG_TIME]);

/*
 * "2026-04-01T12:00:00.123Z offloader[worker 4711]: warning: "; role may be
 * NULL. Returns the length. 128 bytes are enough, also for the next one.
 */
size_t log_line_head(char *out, size_t size, const char *role,
    const char *kind);

/* "<158>Apr  1 12:00:00 offloader[4711]: worker: ", as syslog(3) sends it. */
size_t log_line_syslog(char *out, size_t size, const char *role,
    int priority);

/*
 * Formats the text into at most size - 1 bytes. A text that is too long ends in
 * "...", and control bytes become spaces. Returns the length.
 */
size_t log_line_text(char *out, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

#endif
