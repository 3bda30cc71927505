/*
 * generations.h - which generation serves, which comes, which are leaving.
 *
 * The workers of the coming one are started beside those that serve; only when
 * each of them has said READY are the old ones told to retire. Whatever goes
 * wrong before that ends the coming one alone.
 */
#ifndef OFFLOADER_GENERATIONS_H
#define OFFLOADER_GENERATIONS_H

#include <stdbool.h>

#include "master/children.h"

/* What the master wants to know of it. */
struct succession_watch {
	/* In a child: close and stop what is the master's alone. */
	void (*in_child)(void *master);
	/* The coming one serves now, or has been given up: why is not NULL. */
	void (*settled)(void *master, const char *why);
	/* A worker that ended unasked is started once more. */
	void (*replaced)(void *master);
	/* There may be room for one more; see succession_has_room(). */
	void (*room)(void *master);
	/* A worker lost syslog. */
	void (*deaf)(void *master);
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
	ev_timer ready_limit, tick;
	const struct succession_watch *watch;
	void *master;
};

void succession_init(struct succession *, struct ev_loop *,
    const struct succession_watch *, void *master);

/*
 * Whether one more may begin: none is coming, and max-generations would not
 * cut an old one that has hardly had the time to finish what it does.
 */
bool succession_has_room(struct succession *);

/* Takes over an opened generation and starts its workers; see settled(). */
void succession_begin(struct succession *, struct generation *);

/* One word to all workers of all generations, and a descriptor or -1. */
void succession_tell(struct succession *, char word, int fd);

/* Another master's reporter answers now: ours let nobody in any more. */
void succession_silence(struct succession *);

/* No worker is replaced from now on. They drain, or leave now; see empty(). */
void succession_end(struct succession *, bool now);

/* Frees every generation; processes that are left see the master gone. */
void succession_clear(struct succession *);

#endif
