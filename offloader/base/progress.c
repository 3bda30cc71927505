/*
 * progress.c - a line on a terminal that says how far something long has come.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "base/progress.h"

#define FIRST	1.0		/* seconds */
#define AGAIN	0.1

void
progress_begin(struct progress *p, int fd, const char *what)
{
	*p = (struct progress){ .fd = isatty(fd) ? fd : -1, .what = what,
	    .due = os_clock() + FIRST };
}

/* Nothing depends on it: what cannot be written is not. */
static void
put(const struct progress *p, const char *text, int len)
{
	ssize_t n = write(p->fd, text, (size_t)len);

	(void)n;
}

/* "1,234,567"; groups of three, the first may be shorter. */
static void
put_number(char out[32], unsigned long n)
{
	char plain[24];
	size_t len = (size_t)snprintf(plain, sizeof plain, "%lu", n);

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = plain[i];
	}
	*out = '\0';
}

void
progress_step(struct progress *p, unsigned long n)
{
	char number[32], line[80];

	if (p->fd == -1 || os_clock() < p->due)
		return;
	put_number(number, n);
	p->width = snprintf(line, sizeof line, "%s %.40s\r", number, p->what);
	put(p, line, p->width);
	p->due = os_clock() + AGAIN;
}

void
progress_end(struct progress *p)
{
	char line[80];

	if (p->width > 0)
		put(p, line, snprintf(line, sizeof line, "%*s\r",
		    p->width - 1, ""));
	*p = (struct progress){ .fd = -1 };
}
