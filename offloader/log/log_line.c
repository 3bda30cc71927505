/*
 * log_line.c - the parts of one line of the log.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log/log.h"
#include "log/log_line.h"

char *
log_time(const struct timespec *t, bool millis, char out[LOG_TIME])
{
	size_t n = 0;
	struct tm tm;

	if (gmtime_r(&t->tv_sec, &tm) != NULL)
		n = strftime(out, LOG_TIME, "%Y-%m-%dT%H:%M:%S", &tm);
	if (millis)
		n += (size_t)snprintf(out + n, LOG_TIME - n, ".%03ld",
		    t->tv_nsec / 1000000);
	snprintf(out + n, LOG_TIME - n, "Z");
	return out;
}

size_t
log_line_head(char *out, size_t size, const char *role, const char *kind)
{
	struct timespec now;
	char when[LOG_TIME];
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	n = snprintf(out, size, "%s offloader[%.32s%s%ld]: %s: ",
	    log_time(&now, true, when), role != NULL ? role : "",
	    role != NULL ? " " : "", (long)getpid(), kind);
	return n < 0 ? 0 : (size_t)n;
}

/* Where a text may be cut without splitting a UTF-8 character. */
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
	/* In case a caller forgot to escape: one event stays one line. */
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

/* ------------------------------------------------- escape ---------------- */

/* The length of the valid UTF-8 character (RFC 3629) at p; 0: invalid. */
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

/*
 * Characters beginning with 0xe2 that end lines (U+2028, U+2029) or change the
 * direction of text (U+202A to U+202E, U+2066 to U+2069).
 */
static bool
is_layout(unsigned char second, unsigned char third)
{
	return (second == 0x80 && third >= 0xa8 && third <= 0xae) ||
	    (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

/* How many bytes at p can be copied; 0: the first one must be escaped. */
static size_t
harmless(const unsigned char *p, size_t len)
{
	size_t n = utf8_letter(p, len);

	if (n == 1 && (*p < ' ' || *p == 0x7f || *p == '"' || *p == '\\'))
		return 0;
	if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)	/* C1 controls */
		return 0;
	return n == 3 && p[0] == 0xe2 && is_layout(p[1], p[2]) ? 0 : n;
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
