/*
 * backend.c - where clear traffic goes: its addresses, and connecting to them.
 */
#include <errno.h>
#include <string.h>

#include "base/os_socket.h"
#include "log/log.h"
#include "serve/backend.h"

int
backend_init(struct backend *b, const char *text, struct err *e)
{
	*b = (struct backend){ 0 };
	return endpoints_to_connect(text, &b->at, e);
}

void
backend_clear(struct backend *b)
{
	endpoints_free(&b->at);
}

enum backend_result
backend_connect(const struct backend *b, struct backend_try *t, int *fd,
    bool *connected)
{
	for (; t->next < b->at.n; t->next++) {
		*fd = os_socket_connect(&b->at.at[t->next], connected);
		if (*fd != -1) {
			t->next++;
			return BACKEND_BEGUN;
		}
		t->error = errno;
		if (errno == EAGAIN)
			return BACKEND_BUSY;
	}
	return BACKEND_NONE;
}

void
backend_failed(struct backend *b, const struct backend_try *t)
{
	char text[ENDPOINT_TEXT];
	size_t last = t->next > 0 ? t->next - 1 : 0;

	if (b->down)
		return;
	b->down = true;
	log_error("backend %s: %s; connections fail until it is reachable",
	    endpoint_text(&b->at.at[last], text, sizeof text),
	    t->error != 0 ? strerror(t->error) : "timeout");
}

void
backend_worked(struct backend *b)
{
	if (!b->down)
		return;
	b->down = false;
	log_warn("backend: reachable again");
}
