/*
 * backend.h - where clear traffic goes: its addresses, and connecting to them.
 */
#ifndef OFFLOADER_BACKEND_H
#define OFFLOADER_BACKEND_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/err.h"

struct backend {
	struct endpoints at;		/* tried in this order */
	bool down;			/* and that was logged */
};

/* "/path" or "[HOST]:PORT"; may ask the resolver. backend_clear() after. */
int backend_init(struct backend *, const char *text, struct err *);
void backend_clear(struct backend *);

/* The progress of one connection through the addresses. Zeroed at first. */
struct backend_try {
	size_t next;			/* of backend->at */
	int error;			/* the last address's errno */
};

enum backend_result {
	BACKEND_BEGUN,			/* *fd; *connected says if done */
	BACKEND_BUSY,			/* a UNIX socket's queue is full */
	BACKEND_NONE			/* no address is left: see error */
};

/* Connects to the next address that does not refuse at once. */
enum backend_result backend_connect(const struct backend *,
    struct backend_try *, int *fd, bool *connected);

/* How it ended. Logged once each time that changes. */
void backend_failed(struct backend *, const struct backend_try *);
void backend_worked(struct backend *);

#endif
