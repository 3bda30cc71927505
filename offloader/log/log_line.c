/*
 * log_line.c - the parts of one line of the log.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log/log_line.h"

size_t
log_line_head(char *out, size_t size, const char *role, const char *kind)
{
	struct timespec now;
	struct tm tm;
	char when[32];
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(out, size, "%s.%03ldZ offloader[%.32s%s%ld]: %s: ", when,
	    now.tv_nsec / 1000000, role != NULL ? role : "",
	    role != NULL ? " " : "", (long)getpid(), kind);
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

size_t
log_line_text(char *out, size_t size, const char *fmt, va_list ap)
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

size_t
log_line_syslog(char *out, size_t size, const char *role, int priority)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32];
	int n;

	localtime_r(&now, &tm);
	strftime(when, sizeof when, "%h %e %T", &tm);
	n = snprintf(out, size, "<%d>%s offloader[%ld]: %.32s%s",
	    priority, when, (long)getpid(), role != NULL ? role : "",
	    role != NULL ? ": " : "");
	return n < 0 ? 0 : (size_t)n;
}
