/*
 * children.h - the workers of one generation.
 */
#ifndef OFFLOADER_CHILDREN_H
#define OFFLOADER_CHILDREN_H

#include <stdbool.h>

#include "master/generation.h"

/* Whoever supervises them. */
struct children_watch {
	/* In the child: close and stop what is the supervisor's alone. */
	void (*leave)(struct generation *);
	/* One more is ready. */
	void (*ready)(struct generation *);
	/* One said any other word: what it means is for you to judge. */
	void (*asked)(struct generation *, char word);
	/* One has ended. The generation may be freed in there. */
	void (*left)(struct generation *, struct proc *);
};

/* Forks all of them. -1: errno; some may run. */
int children_start(struct generation *, struct ev_loop *,
    const struct children_watch *);

/* It serves from now on, and is reported if its configuration says so. */
void children_report(struct generation *);

/*
 * Its reporter lets nobody in any more: another has the sockets, or successor
 * (which may be the same) has none of them and so they are gone.
 */
void children_stop_reporter(struct generation *,
    const struct generation *successor);

/* One word to each; none is started again after this. */
void children_dismiss(struct generation *, char word);
/* One word to each, and a descriptor. */
void children_tell(struct generation *, char word, int fd);
void children_kill(struct generation *);

bool children_gone(const struct generation *);	/* no process is left */
bool children_ready(const struct generation *);	/* every one said so */

/* Stops watching. */
void children_forget(struct generation *);

/*
 * In a child: closes the ends of channels that lead to siblings, and every
 * listening socket that is not a listener of this worker. mine NULL: all of
 * them.
 */
void children_close(const struct generation *, const struct proc *mine);

#endif
