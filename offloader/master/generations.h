/*
 * generations.h - the list of generations: one starts, one serves, others
 * drain.
 *
 * The workers of a new generation are started beside those that serve. Old
 * workers retire only after each new one has sent CHILD_READY. If anything
 * fails before that, only the new generation ends.
 */
#ifndef OFFLOADER_GENERATIONS_H
#define OFFLOADER_GENERATIONS_H

#include <stdbool.h>

#include "master/children.h"

/* What the master does about them. */
struct generations_watch {
	/* In a child: close and stop what is the master's alone. */
	void (*in_child)(void *master);
	/* The new one serves, or failed: then why is not NULL. */
	void (*settled)(void *master, const char *why);
	/* A worker ended unexpectedly and is started again. */
	void (*replaced)(void *master);
	/* Another may begin; see generations_has_room(). */
	void (*room)(void *master);
	/* A child lost its socket to syslog. */
	void (*syslog_lost)(void *master);
	/* The master is ending, and the last child has ended. */
	void (*empty)(void *master);
};

struct generations {
	struct ev_loop *loop;
	TAILQ_HEAD(generation_list, generation) all;	/* with children */
	struct generation *current;	/* serves; NULL before the first */
	struct generation *coming;	/* its workers start; or NULL */
	unsigned count;
	bool ending;
	ev_timer ready_limit, tick;
	const struct generations_watch *watch;
	void *master;
};

void generations_init(struct generations *, struct ev_loop *,
    const struct generations_watch *, void *master);

/*
 * True if another may begin: no other is starting, and max-generations would
 * not end an old one within its first seconds of draining.
 */
bool generations_has_room(struct generations *);

/* Takes over an opened generation and starts it; settled() follows. */
void generations_begin(struct generations *, struct generation *);

/* Sends a message with a descriptor to all children. */
void generations_send(struct generations *, char message, int fd);

/* Another master serves: retires our reporters. */
void generations_yield(struct generations *);

/* All children drain, or leave at once. None is replaced. empty() follows. */
void generations_end(struct generations *, bool now);

/* Frees every generation. Children that still run see their channel end. */
void generations_clear(struct generations *);

#endif
