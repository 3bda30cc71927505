/*
 * log.c - the log: levels and sinks.
 *
 * A whole line goes out in one call, so that lines of several processes never
 * mix: in a file because of O_APPEND, in a pipe because none is longer than
 * PIPE_BUF.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/child_message.h"
#include "log/log_line.h"
#include "log/log_writer.h"
#include "log/log.h"

/* The name and the syslog priority of each kind of line. */
static const struct kind {
	const char *name;
	int priority;
} error = { "error", LOG_ERR }, warning = { "warning", LOG_WARNING },
    info = { "info", LOG_INFO };

/* The only mutable global variable of the program. */
static struct {
	int level, facility;
	bool uses_syslog, quiet;
	const char *role;	/* borrowed, or NULL */
	struct log_writer file, access, syslog, terminal;
	struct log_hooks watch;
	time_t told, reached;	/* of and to syslog; seconds since boot */
} sink = { .level = LOG_EVENTS, .file.fd = -1, .access.fd = -1,
    .syslog.fd = -1, .terminal = { .fd = STDERR_FILENO, .borrowed = true,
    .may_wait = true } };

/* Opening a FIFO without a reader would block. */
static int
open_file(const char *file, const char *at, int *fd, struct err *e)
{
	*fd = -1;
	if (file == NULL)
		return 0;
	*fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK |
	    O_CLOEXEC | O_NOCTTY, 0640);
	if (*fd != -1)
		return 0;
	err_set_kind(e, ERR_OS, "cannot open log file %s: %s", file,
	    strerror(errno));
	return at != NULL ? err_at(e, at) : -1;
}

static bool
is_second(time_t *last)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec == *last)
		return false;
	*last = now.tv_sec;
	return true;
}

int
log_open(const struct log_sink *s, struct err *e)
{
	int file, access;

	if (open_file(s->file, s->file_at, &file, e) != 0)
		return -1;
	if (open_file(s->access, s->access_at, &access, e) != 0) {
		if (file != -1)
			close(file);
		return -1;
	}
	log_writer_take(&sink.file, file);
	log_writer_take(&sink.access, access);
	if (s->leaves)
		log_writer_borrow(&sink.terminal, STDERR_FILENO);
	else
		log_writer_share(&sink.terminal, STDERR_FILENO);
	sink.level = s->level;
	sink.quiet = s->quiet;
	sink.uses_syslog = s->syslog;
	sink.facility = s->facility;
	sink.uses_syslog = s->syslog;
	/* At once: after a chroot neither would work. */
	tzset();
	log_writer_take(&sink.syslog, s->syslog ? syslog_socket() : -1);
	return 0;
}

static struct log_writer *
log_writer_of(enum log_part part)
{
	switch (part) {
	case LOG_PART_FILE:	return &sink.file;
	case LOG_PART_ACCESS:	return &sink.access;
	case LOG_PART_SYSLOG:	break;
	}
	return &sink.syslog;
}

int
log_fd(enum log_part part)
{
	return log_writer_of(part)->fd;
}

void
log_set_fd(enum log_part part, int fd)
{
	log_writer_take(log_writer_of(part), fd);
}

bool
log_reach_syslog(void)
{
	if (!sink.uses_syslog || !is_second(&sink.reached))
		return false;
	log_writer_take(&sink.syslog, syslog_socket());
	return sink.syslog.fd != -1;
}

void
log_set_hooks(const struct log_hooks *w)
{
	sink.watch = *w;
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

/* ------------------------------------------------- where it goes -------- */

static void
lose(void)
{
	if (sink.watch.lost != NULL)
		sink.watch.lost(sink.watch.arg);
}

/* After a loss, the first line says how many lines were lost. */
static void
put_line(struct log_writer *o, const char *line, size_t len)
{
	char lost[256];
	size_t n;

	if (o->lost > 0) {
		n = log_line_head(lost, sizeof lost, sink.role,
		    warning.name);
		n += (size_t)snprintf(lost + n, sizeof lost - n,
		    "%llu lines were lost\n", o->lost);
		if (!log_writer_put(o, lost, n)) {
			lose();
			return;
		}
		o->lost = 0;
	}
	if (!log_writer_put(o, line, len))
		lose();
}

static bool
put_syslog(const struct kind *k, const char *text)
{
	char line[PIPE_BUF + 128];
	size_t head = log_line_syslog(line, sizeof line, sink.role,
	    sink.facility | k->priority);
	int n = snprintf(line + head, sizeof line - head, "%s", text);

	return log_writer_put(&sink.syslog, line, head + (size_t)n);
}

/* It may be full, or was restarted: then the master must connect again. */
static void
miss_syslog(void)
{
	bool gone = errno != EAGAIN && errno != EWOULDBLOCK;

	lose();
	if (gone && sink.watch.deaf != NULL && is_second(&sink.told))
		sink.watch.deaf(sink.watch.arg);
}

static void
say_to_syslog(const struct kind *k, const char *text)
{
	char lost[64];

	if (sink.syslog.lost > 0) {
		snprintf(lost, sizeof lost, "%llu lines were lost",
		    sink.syslog.lost);
		if (!put_syslog(&warning, lost)) {
			miss_syslog();
			return;
		}
		sink.syslog.lost = 0;
	}
	if (!put_syslog(k, text))
		miss_syslog();
}

static void __attribute__((format(printf, 2, 0)))
write_line(const struct kind *k, const char *fmt, va_list ap)
{
	char line[PIPE_BUF];
	int saved_errno = errno;
	size_t head = log_line_head(line, sizeof line, sink.role, k->name);
	size_t len = head + log_line_text(line + head, sizeof line - head - 1,
	    fmt, ap);

	if (sink.uses_syslog)
		say_to_syslog(k, line + head);
	line[len++] = '\n';
	if (sink.file.fd != -1)
		put_line(&sink.file, line, len);
	if (!sink.quiet || k == &error)
		put_line(&sink.terminal, line, len);
	errno = saved_errno;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	if (sink.level < LOG_TROUBLE)
		return;
	va_start(ap, fmt);
	write_line(&error, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	if (sink.level < LOG_TROUBLE)
		return;
	va_start(ap, fmt);
	write_line(&warning, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (!log_events())
		return;
	va_start(ap, fmt);
	write_line(&info, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 1, 2)))
say_anyway(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(&info, fmt, ap);
	va_end(ap);
}

void
log_access(const char *line, size_t len)
{
	unsigned long long lost = sink.access.lost;
	char whole[PIPE_BUF];

	if (sink.access.fd == -1) {
		say_anyway("conn %.*s", (int)len, line);
		return;
	}
	len = len < sizeof whole ? len : sizeof whole - 1;
	memcpy(whole, line, len);
	whole[len++] = '\n';
	if (!log_writer_put(&sink.access, whole, len)) {
		lose();
		return;
	}
	/* In there it would be no line of its kind. */
	sink.access.lost = 0;
	if (lost > 0)
		log_warn("access-log-file: %llu lines were lost", lost);
}

/*
 * ------------------------------------------------- messages from the master -
 */

bool
log_message_take(char word, int fd)
{
	static const struct {
		char word;
		enum log_part part;
	} rows[] = { { CHILD_LOG, LOG_PART_FILE },
	    { CHILD_ACCESS_LOG, LOG_PART_ACCESS },
	    { CHILD_SYSLOG, LOG_PART_SYSLOG } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].word == word) {
			if (fd != -1)
				log_set_fd(rows[i].part, fd);
			return true;
		}
	return false;
}
