/*
 * log_line.h - the parts of one line of the log. For log.c only.
 */
#ifndef OFFLOADER_LOG_LINE_H
#define OFFLOADER_LOG_LINE_H

#include <stdarg.h>
#include <stddef.h>

/*
 * "2026-04-01T12:00:00.123Z offloader[worker 4711]: warning: ", without the
 * role if that is NULL. Returns the length; 128 bytes are enough, and so below.
 */
size_t log_line_head(char *out, size_t size, const char *role,
    const char *kind);

/* "<158>Apr  1 12:00:00 offloader[4711]: worker: ", as libc has it. */
size_t log_line_syslog(char *out, size_t size, const char *role,
    int priority);

/*
 * The text, in size - 1 bytes at most: one that is too long ends in "...", and
 * control bytes become spaces. Returns the length.
 */
size_t log_line_text(char *out, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

#endif
