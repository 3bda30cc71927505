/*
 * proc.h - one child process: fork, watch, throttle.
 */
#ifndef OFFLOADER_PROC_H
#define OFFLOADER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include <ev.h>

#include "process/throttle.h"

struct proc;

struct proc_role {
	const char *name;	/* for the log */
	/*
	 * In the master, each may be NULL: before a fork (-1: errno, and there
	 * is none), and after it, also if it failed (pid is 0 then).
	 */
	int (*before)(struct proc *);
	void (*after)(struct proc *);
	/* In the child: close what is the master's alone. */
	void (*leave_master)(struct proc *);
	/* In the child: the whole of its work. Returns its exit status. */
	int (*work)(struct proc *, int channel);
	/* In the master: it said a word; it ended. proc_start() may follow. */
	void (*on_word)(struct proc *, char word);
	void (*on_exit)(struct proc *, int status);
};

struct proc {
	const struct proc_role *role;
	void *owner;			/* whatever the role needs */
	unsigned number;
	struct ev_loop *loop;
	pid_t pid;			/* 0: none runs */
	int channel;			/* our end; -1: none */
	bool ready;			/* kept for the owner */
	ev_io words;
	ev_child child;
	ev_timer later;
	struct throttle throttle;
};

void proc_init(struct proc *, struct ev_loop *, const struct proc_role *,
    void *owner, unsigned number);

/* Forks. -1: errno. The child does not come back. */
int proc_start(struct proc *);

/*
 * Starts it once more after an end, and after as long as throttle.h says.
 */
void proc_restart(struct proc *);

/* A start that was put off is called off. */
void proc_rest(struct proc *);

/*
 * One byte to the child, and with it a descriptor of ours or -1. A child that
 * is gone will be noticed elsewhere.
 */
void proc_tell(struct proc *, char word, int fd);

/* Stops watching, closes the channel. The process, if any, is left alone. */
void proc_forget(struct proc *);

/* What waitpid()'s status means, for the log. Returns out. */
char *proc_status_text(int status, char *out, size_t size);

#endif
