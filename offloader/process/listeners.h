/*
 * listeners.h - listening sockets: at each address one for each worker.
 *
 * The master holds them and hands them from generation to generation, so that
 * a client who waits in a queue is served whatever happens to workers. Seats
 * never become fewer: closing one would reset those who wait at it. A worker
 * takes every seat whose number modulo the workers' is its own.
 */
#ifndef OFFLOADER_LISTENERS_H
#define OFFLOADER_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"
#include "config/conf.h"

struct listener_row {
	struct endpoint asked;		/* as configured: the port may be 0 */
	size_t front;			/* index of its frontend */
	bool given;			/* handed to us: others may not join */
	int *fd;			/* one for each seat */
	size_t n;
};

struct listeners {
	struct listener_row *row;
	size_t n;
};

/*
 * Looks up where each frontend is to listen, without opening anything. Faults
 * are added: what cannot be looked up, and addresses asked for twice.
 */
int listeners_find(struct listeners *, const struct conf *, struct faults *);

/*
 * Opens what is not open in old (which may be NULL) and copies what is; each
 * listeners owns its descriptors. -1: a sentence; old goes on as it was.
 */
int listeners_open(struct listeners *, const struct listeners *old,
    const struct conf *, size_t workers, struct err *);

/* Says where we listen that old did not: "listening on 192.0.2.1:443". */
void listeners_announce(const struct listeners *, const struct listeners *old);

/* Says of one socket: "WHAT on 192.0.2.1:443". */
void listeners_log(const char *what, int fd);

void listeners_close(struct listeners *);

#endif
