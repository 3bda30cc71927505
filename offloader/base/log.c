/*
 * log.c - lines for whoever watches: levels and sinks.
 *
 * A whole line goes out in one write(2), so that lines of several processes
 * never mix: in a file because of O_APPEND, in a pipe because none is longer
 * than PIPE_BUF.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

/* What each kind of line is called here, and in syslog. */
static const struct kind {
	const char *name;
	int priority;
} error = { "error", LOG_ERR }, warning = { "warning", LOG_WARNING },
    info = { "info", LOG_INFO };

/* The only mutable variable of the whole program's own. */
static struct {
	int level;
	int fd;			/* of the file, or -1 */
	bool syslog;
	bool quiet;
	const char *role;	/* borrowed, or NULL */
} sink = { .level = LOG_EVENTS, .fd = -1 };

int
log_open(const struct log_sink *s, struct err *e)
{
	int fd = -1;

	if (s->file != NULL) {
		fd = open(s->file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
		    O_NOCTTY, 0640);
		if (fd == -1)
			return err_set_kind(e, ERR_OS,
			    "cannot open log file %s: %s", s->file,
			    strerror(errno));
	}
	if (sink.fd != -1)
		close(sink.fd);
	if (sink.syslog)
		closelog();
	sink.fd = fd;
	sink.level = s->level;
	sink.quiet = s->quiet;
	sink.syslog = s->syslog;
	/* At once: later there may be a chroot in the way. */
	if (s->syslog)
		openlog("offloader", LOG_NDELAY | LOG_PID, s->facility);
	return 0;
}

int
log_file(void)
{
	return sink.fd;
}

void
log_take_file(int fd)
{
	if (sink.fd != -1)
		close(sink.fd);
	sink.fd = fd;
}

void
log_role(const char *role)
{
	sink.role = role;
}

bool
log_events(void)
{
	return sink.level >= LOG_EVENTS;
}

/* "2026-04-01T12:00:00.123Z offloader[worker 4711]: warning: " */
static size_t
put_head(char *out, size_t size, const struct kind *k)
{
	struct timespec now;
	struct tm tm;
	char when[32];
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(out, size, "%s.%03ldZ offloader[%.32s%s%ld]: %s: ", when,
	    now.tv_nsec / 1000000, sink.role != NULL ? sink.role : "",
	    sink.role != NULL ? " " : "", (long)getpid(), k->name);
	return n < 0 ? 0 : (size_t)n;
}

/* Where a text of len bytes may be cut without halving a UTF-8 letter. */
static size_t
whole_letters(const char *text, size_t len)
{
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* Writes at most size - 1 bytes. A text that is too long ends in "...". */
static size_t __attribute__((format(printf, 3, 0)))
put_text(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= size) {
		len = whole_letters(out, size - sizeof "...");
		memcpy(out + len, "...", sizeof "...");
		len += sizeof "..." - 1;
	}
	/* Whatever a caller forgot to escape: one event stays one line. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)out[i] < ' ')
			out[i] = ' ';
	return len;
}

/* A line that cannot be written is lost: there is nobody left to tell. */
static void
put_line(int fd, const char *line, size_t len)
{
	while (write(fd, line, len) == -1 && errno == EINTR)
		continue;
}

static void __attribute__((format(printf, 2, 0)))
say(const struct kind *k, const char *fmt, va_list ap)
{
	char line[PIPE_BUF];
	int saved_errno = errno;
	size_t head = put_head(line, sizeof line, k);
	size_t len = head + put_text(line + head, sizeof line - head - 1, fmt,
	    ap);

	if (sink.syslog)
		syslog(k->priority, "%s%s%s", sink.role != NULL ? sink.role :
		    "", sink.role != NULL ? ": " : "", line + head);
	line[len++] = '\n';
	if (sink.fd != -1)
		put_line(sink.fd, line, len);
	if (!sink.quiet || k == &error)
		put_line(STDERR_FILENO, line, len);
	errno = saved_errno;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	if (sink.level < LOG_TROUBLE)
		return;
	va_start(ap, fmt);
	say(&error, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	if (sink.level < LOG_TROUBLE)
		return;
	va_start(ap, fmt);
	say(&warning, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (!log_events())
		return;
	va_start(ap, fmt);
	say(&info, fmt, ap);
	va_end(ap);
}

/* The length of the valid UTF-8 letter (RFC 3629) at p; 0: there is none. */
static size_t
utf8_letter(const unsigned char *p, size_t len)
{
	/* The first continuation byte's range excludes overlong forms,
	   surrogates and what lies above U+10FFFF. */
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
	    p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
	if (n == 0 || n > len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xed)
		high = 0x9f;
	if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* How many bytes at p may stand as they are; 0: the first must be escaped. */
static size_t
harmless(const unsigned char *p, size_t len)
{
	size_t n = utf8_letter(p, len);

	if (n == 1 && (*p < ' ' || *p == 0x7f || *p == '"' || *p == '\\'))
		return 0;
	if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)	/* C1 controls */
		return 0;
	return n;
}

char *
log_escape(char *out, size_t size, const void *bytes, size_t len)
{
	const unsigned char *p = bytes, *end = p + len;
	size_t n = 0, cut = 0;	/* cut: "..." still fits behind it */

	while (p < end) {
		size_t take = harmless(p, (size_t)(end - p));
		size_t need = take > 0 ? take : sizeof "\\xHH" - 1;

		if (n + need >= size) {
			snprintf(out + cut, size - cut, "...");
			return out;
		}
		if (take > 0)
			memcpy(out + n, p, take);
		else
			snprintf(out + n, size - n, "\\x%02X", *p);
		n += need;
		p += take > 0 ? take : 1;
		if (n + sizeof "..." <= size)
			cut = n;
	}
	out[n] = '\0';
	return out;
}
