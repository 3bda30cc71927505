/*
 * succession.h - which generation serves, which comes, which are leaving.
 *
 * The workers of the coming one are started beside those that serve; only when
 * each of them has said READY are the old ones told to retire. Whatever goes
 * wrong before that ends the coming one alone.
 */
#ifndef OFFLOADER_SUCCESSION_H
#define OFFLOADER_SUCCESSION_H

#include <stdbool.h>

#include "process/crew.h"

/* What the master wants to know of it. */
struct succession_watch {
	/* In a child: close and stop what is the master's alone. */
	void (*in_child)(void *master);
	/* The coming one serves now, or has been given up. */
	void (*settled)(void *master, bool serves);
	/* We are ending, and the last worker has left. */
	void (*empty)(void *master);
};

struct succession {
	struct ev_loop *loop;
	TAILQ_HEAD(generations, generation) all;	/* with a worker left */
	struct generation *current;	/* serves; NULL before the first */
	struct generation *coming;	/* its workers are starting; or NULL */
	unsigned count;
	bool ending;
	ev_timer ready_limit, kill;
	const struct succession_watch *watch;
	void *master;
};

void succession_init(struct succession *, struct ev_loop *,
    const struct succession_watch *, void *master);

/* Takes over an opened generation and starts its workers; see settled(). */
void succession_begin(struct succession *, struct generation *);

/* No worker is replaced from now on. They drain, or leave now; see empty(). */
void succession_end(struct succession *, bool now);

/* Frees every generation; processes that are left see the master gone. */
void succession_clear(struct succession *);

#endif
