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
struct generations_watch {
	/* In a child: close and stop what is the master's alone. */
	void (*in_child)(void *master);
	/* The coming one serves now, or has been given up: why is not NULL. */
	void (*settled)(void *master, const char *why);
	/* A worker that ended unasked is started once more. */
	void (*replaced)(void *master);
	/* There may be room for one more; see generations_has_room(). */
	void (*room)(void *master);
	/* A worker lost syslog. */
	void (*syslog_lost)(void *master);
	/* We are ending, and the last worker has left. */
	void (*empty)(void *master);
};

struct generations {
	struct ev_loop *loop;
	TAILQ_HEAD(generation_list, generation) all;	/* with a worker left */
	struct generation *current;	/* serves; NULL before the first */
	struct generation *coming;	/* its workers are starting; or NULL */
	unsigned count;
	bool ending;
	ev_timer ready_limit, tick;
	const struct generations_watch *watch;
	void *master;
};

void generations_init(struct generations *, struct ev_loop *,
    const struct generations_watch *, void *master);

/*
 * Whether one more may begin: none is coming, and max-generations would not
 * cut an old one that has hardly had the time to finish what it does.
 */
bool generations_has_room(struct generations *);

/* Takes over an opened generation and starts its workers; see settled(). */
void generations_begin(struct generations *, struct generation *);

/* One word to all workers of all generations, and a descriptor or -1. */
void generations_send(struct generations *, char word, int fd);

/* Another master's reporter answers now: ours let nobody in any more. */
void generations_silence(struct generations *);

/* No worker is replaced from now on. They drain, or leave now; see empty(). */
void generations_end(struct generations *, bool now);

/* Frees every generation; processes that are left see the master gone. */
void generations_clear(struct generations *);

#endif
