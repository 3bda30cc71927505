/*
 * http_none.c - in place of http.c: a program without statistics.
 */
#include "reporter/http.h"

const bool http_built = false;

struct http *
http_new(struct ev_loop *loop, http_answer *answer, void *who)
{
	(void)loop;
	(void)answer;
	(void)who;
	return NULL;
}

void
http_free(struct http *h)
{
	(void)h;
}

void
http_accept(struct http *h, int fd, const union addr *peer)
{
	(void)h;
	(void)fd;
	(void)peer;
}

void
http_retire(struct http *h)
{
	(void)h;
}

size_t
http_clients(const struct http *h)
{
	(void)h;
	return 0;
}
