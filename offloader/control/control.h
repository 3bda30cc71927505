/*
 * control.h - the socket where people and programs ask the master.
 *
 * A client sends one line (command.h). The answer's first line is "ok", or
 * "failed" and a sentence; what was asked for follows, and then the end.
 * Whoever is neither root nor the master's own user is told so, and no more.
 */
#ifndef OFFLOADER_CONTROL_H
#define OFFLOADER_CONTROL_H

#include <stdio.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <ev.h>

#include "base/err.h"
#include "base/os_socket.h"
#include "control/command.h"
#include "loop/accept_loop.h"

/* A question, and what the one who answers it must remember of it. */
struct ask {
	struct command command;
	unsigned serial;	/* 0 at first */
};

/*
 * Writes the whole answer and returns true; or false, if it is not known yet:
 * then control_again() asks again. In between the client may have gone.
 */
typedef bool control_answer(void *master, struct ask *, FILE *);

struct control {
	struct ev_loop *loop;
	control_answer *answer;
	void *master;
	struct accept_loop listener;
	int fd;				/* of the listening socket; or -1 */
	char *path;
	struct socket_file file;	/* the one that is ours */
	unsigned n_clients;
	LIST_HEAD(control_clients, control_client) clients;
};

/* Without a socket yet. */
void control_init(struct control *, struct ev_loop *, control_answer *,
    void *master);

/*
 * Listens. A file that a dead program left is replaced. -1: a sentence, with
 * ERR_BIND if another program listens there.
 */
int control_open(struct control *, const char *path, struct err *);

/* Something has settled: who waits for an answer is answered if there is one */
void control_again(struct control *);

/* Lets nobody ask any more, and removes the file if it still is ours. */
void control_close(struct control *);

/* The same for those who are connected; what they wait for will not come. */
void control_end(struct control *);

/* In a child: only closes what it has of it. */
void control_leave(struct control *);

#endif
