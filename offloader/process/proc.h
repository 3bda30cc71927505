/*
 * proc.h - one child process: fork, watch, restart.
 *
 * What distinguishes kinds of children is in the rows of struct child_role.
 * Worker and reporter are in master/children.c, the keyguard in
 * keyguard/keyguard_client.c, its signers in keyguard/keyguard.c.
 */
#ifndef OFFLOADER_PROC_H
#define OFFLOADER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include <ev.h>

#include "sandbox/sandbox.h"

struct proc;

/* When the children of an owner are started, and when they are stopped. */
enum child_stage {
	CHILD_BEFORE_SERVING,	/* the owner serves when all of them are ready;
				   stopped first */
	CHILD_WHILE_SERVING	/* started then; stopped when the others have
				   ended, or a successor serves */
};

/* What a child keeps of its owner; the rest is closed in it. */
#define CHILD_NEEDS_LISTENERS	1u	/* its share of the clients' sockets */
#define CHILD_NEEDS_STATS	2u	/* the sockets of the statistics */
#define CHILD_NEEDS_TICKETS	4u	/* the session-ticket keys */

struct child_role {
	const char *name;		/* for the log */
	const struct sandbox_role *sandbox;
	enum child_stage stage;
	bool restarts;			/* if it ends while it is wanted */
	bool no_channel;		/* gets no messages of one byte */
	bool never_root;		/* nobody, if no user is configured */
	unsigned needs;
	bool (*wanted)(const void *owner);	/* NULL: always */
	size_t (*count)(const void *owner);	/* how many; NULL: one */
	/*
	 * In the parent, each may be NULL: before the fork (-1: errno, and it
	 * is not forked), and after it, also if it failed (pid is 0 then).
	 */
	int (*before)(struct proc *);
	void (*after)(struct proc *);
	/* In the child: close what is the parent's alone. */
	void (*leave_parent)(struct proc *);
	/* In the child: all of its work. Returns its exit status. */
	int (*run)(struct proc *, int channel);
	/* In the parent; NULL: it sends none. */
	void (*on_message)(struct proc *, char message);
	/* In the parent: it ended. proc_restart() may follow. */
	void (*on_exit)(struct proc *, int status);
};

/* How often something is started. All zero: not yet. */
struct throttle {
	double started;			/* the last time, in seconds */
	double delay;			/* before the start after the next */
};

struct proc {
	const struct child_role *role;
	void *owner;			/* of the role's type */
	unsigned number;		/* among those of its role */
	struct ev_loop *loop;
	pid_t pid;			/* 0: it does not run */
	int channel;			/* our end; or -1 */
	bool ready;			/* kept by the owner, */
	bool stopping;			/* as this is */
	ev_io messages;
	ev_child child;
	ev_timer later;
	struct throttle throttle;
};

/*
 * Seconds to wait until the next start: 0 the first time, then 0.1, doubling
 * up to 5. A minute of life makes it the first time again.
 */
double throttle_wait(struct throttle *, double now);

void proc_init(struct proc *, struct ev_loop *, const struct child_role *,
    void *owner, unsigned number);

/* Forks. -1: errno. Does not return in the child. */
int proc_start(struct proc *);

/* Starts it again, after throttle_wait(). */
void proc_restart(struct proc *);

/* Cancels a start that waits. */
void proc_cancel(struct proc *);

/*
 * Sends a message of one byte, with a descriptor or -1. If the child is gone
 * nothing happens: on_exit() will tell.
 */
void proc_send(struct proc *, char message, int fd);

/* Stops watching and closes the channel, but does not end the process. */
void proc_forget(struct proc *);

/* "worker 3", or "reporter" if there is only one. Returns out. */
#define PROC_NAME	48
char *proc_name(const struct proc *, char out[PROC_NAME]);

/* What waitpid()'s status means, for the log. Returns out. */
char *proc_status_text(int status, char *out, size_t size);

#endif
