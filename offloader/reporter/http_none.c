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

int
http_accept(struct http *h, int listener)
{
	(void)h;
	(void)listener;
	return -1;
}

void
http_retire(struct http *h)
{
	(void)h;
}

size_t
http_guests(const struct http *h)
{
	(void)h;
	return 0;
}
