/*
 * request.c - what a client of the bench asks of its backend.
 *
 * It understands what load.c sends and no more: GET /small, GET /bytes/N and
 * POST with Content-Length, after a PROXY header of version 1, 2 or none.
 */
#include <stdlib.h>
#include <string.h>

#include "request.h"

#define V1_MAX		107
#define V2_FIXED	16

static const char v1_start[] = "PROXY ";
static const char v2_start[] = "\r\n\r\n\0\r\nQUIT\n";

static bool
may_begin(const char *p, size_t n, const char *start, size_t len)
{
	return memcmp(p, start, n < len ? n : len) == 0;
}

static long
skip_v1(const char *p, size_t n)
{
	const char *end = memmem(p, n, "\r\n", 2);

	if (end != NULL)
		return end + 2 - p;
	return n < V1_MAX ? 0 : -1;
}

static long
skip_v2(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t want;

	if (n < V2_FIXED)
		return 0;
	want = V2_FIXED + ((size_t)u[14] << 8 | u[15]);
	return n < want ? 0 : (long)want;
}

long
request_skip_proxy(const char *p, size_t n, bool *done)
{
	long took;

	if (n == 0)
		return 0;
	if (may_begin(p, n, v2_start, sizeof v2_start - 1))
		took = skip_v2(p, n);
	else if (may_begin(p, n, v1_start, sizeof v1_start - 1) && n > 1)
		took = skip_v1(p, n);
	else if (n == 1 && *p == *v1_start)
		return 0;		/* "PROXY" or "POST" */
	else {
		*done = true;
		return 0;
	}
	*done = took > 0;
	return took;
}

static bool
begins(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

/* The number behind a word; the head always ends after it, in \r\n\r\n. */
static uint64_t
number_after(const char *head, size_t n, const char *word)
{
	const char *p = memmem(head, n, word, strlen(word));

	return p == NULL ? 0 : strtoull(p + strlen(word), NULL, 10);
}

long
request_parse(const char *p, size_t n, struct request *r)
{
	const char *end = memmem(p, n, "\r\n\r\n", 4);

	if (end == NULL)
		return 0;
	end += 4;
	n = (size_t)(end - p);
	memset(r, 0, sizeof *r);
	if (begins(p, end, "GET /bytes/"))
		r->download = number_after(p, n, "/bytes/");
	else if (begins(p, end, "POST "))
		r->upload = number_after(p, n, "\r\nContent-Length:");
	else if (!begins(p, end, "GET "))
		return -1;
	r->last = memmem(p, n, "\r\nConnection: close", 19) != NULL;
	return (long)n;
}
