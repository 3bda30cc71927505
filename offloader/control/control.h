/*
 * control.h - the control socket of the master.
 *
 * A client sends one line (command.h). The first line of the answer is "ok", or
 * "failed" and an error message. The output follows, and the socket is closed.
 * Only root and the master's own user get other answers than an error.
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

/* A command, and what its answer must remember. */
struct ask {
	struct command command;
	unsigned serial;	/* 0 at first */
};

/*
 * Writes the complete answer and returns true; or returns false if the result
 * is not known yet, to be called again by control_again(). Meanwhile the client
 * may have gone.
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
 * Listens. The socket of a program that has ended is replaced. ERR_BIND if
 * another program listens there.
 */
int control_open(struct control *, const char *path, struct err *);

/* A result may be known: answers the clients that wait for it. */
void control_again(struct control *);

/* Accepts no more clients, and removes the file if it still is ours. */
void control_close(struct control *);

/* Also closes all connections; clients that wait get an error. */
void control_end(struct control *);

/* In a child: closes the descriptors. */
void control_leave(struct control *);

#endif
