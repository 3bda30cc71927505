/*
 * listeners.h - listening sockets: at each address one for each worker.
 *
 * The master keeps them open over generations, so that clients in their queues
 * are served whatever happens to workers. The sockets of an address never
 * become fewer: closing one would reset the clients in its queue. A worker has
 * every socket whose index modulo the number of workers is its own number.
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
	bool given;			/* inherited: see open_listener() */
	int *fd;			/* n of them */
	size_t n;
};

struct listeners {
	struct listener_row *row;
	size_t n;
};

/*
 * Looks up the addresses of each frontend, without opening anything. Adds a
 * fault for each that cannot be looked up or is configured twice.
 */
int listeners_find(struct listeners *, const struct conf *, struct faults *);

/*
 * Copies what is open in old (which may be NULL), and opens the rest. On
 * failure old is unchanged.
 */
int listeners_open(struct listeners *, const struct listeners *old,
    const struct conf *, size_t workers, struct err *);

/* Prints each address that old does not have: "listening on ADDRESS". */
void listeners_announce(const struct listeners *, const struct listeners *old);

/* Prints "WHAT on ADDRESS". */
void listeners_log(const char *what, int fd);

void listeners_close(struct listeners *);

#endif
