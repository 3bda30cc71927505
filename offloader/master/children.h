/*
 * children.h - the child processes of one generation.
 *
 * Each kind is a row of struct child_role in children.c.
 */
#ifndef OFFLOADER_CHILDREN_H
#define OFFLOADER_CHILDREN_H

#include <stdbool.h>

#include "master/generation.h"

/* What generations.c does about them. */
struct children_watch {
	/* In a child: close and stop what is the master's alone. */
	void (*leave)(struct generation *);
	/* One more is ready. */
	void (*ready)(struct generation *);
	/* One sent another message; less trusted than the master. */
	void (*message)(struct generation *, char message);
	/* One ended. The generation may be freed in there. */
	void (*ended)(struct generation *, struct proc *);
};

/* Forks those that must be ready first. -1: errno; some may run. */
int children_start(struct generation *, struct ev_loop *,
    const struct children_watch *);

/* The generation serves: forks the others. */
void children_serve(struct generation *);

/*
 * Another master or generation serves: retires those that run while serving.
 * The sockets of the statistics are closed; those that successor (which may be
 * the same generation) does not have are removed.
 */
void children_yield(struct generation *, const struct generation *successor);

/*
 * Sends CHILD_RETIRE or CHILD_LEAVE, stage by stage. None is started again
 * after this.
 */
void children_stop(struct generation *, char message);

/* Sends a message with a descriptor to each. */
void children_send(struct generation *, char message, int fd);
void children_kill(struct generation *);

bool children_gone(const struct generation *);	/* no process is left */
bool children_ready(const struct generation *);	/* all that must be, are */

/* Stops watching, and frees the array. */
void children_forget(struct generation *);

/* In a child of another owner: closes all that this generation has open. */
void children_close(const struct generation *);

#endif
