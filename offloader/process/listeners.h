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
#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/os_socket.h"
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

/*
 * The master keeps them open like those of the frontends (listeners.h): a
 * reload copies them, an upgrade hands them over, and every scrape is served.
 */

#define STATS_LISTENERS	4	/* addresses of one host name */
/* Name of a socket that is handed over. */
#define STATS_LISTEN_NAME	"stats-listen"

struct stats_listener {
	struct endpoint asked;		/* as configured: the port may be 0 */
	int fd;				/* -1: not open */
	struct socket_file file;	/* of a UNIX socket, if it is ours */
};

struct stats_listeners {
	struct stats_listener listener[STATS_LISTENERS];
	size_t n;			/* 0: no statistics */
};

/*
 * Looks up the addresses of stats-listen, without opening anything. Adds a
 * fault for each that cannot be looked up or is not local.
 */
void stats_listeners_find(struct stats_listeners *, const struct conf *,
    struct faults *);

/* Keeps an inherited socket if it is one of these. False if it is not. */
bool stats_listeners_adopt(struct stats_listeners *, int fd,
    const struct endpoint *, const char *name);

/* Copies what is open in old, and opens the rest. */
int stats_listeners_open(struct stats_listeners *,
    const struct stats_listeners *old, const struct conf *, struct err *);

/* Prints each address that old (or NULL) does not have. */
void stats_listeners_announce(const struct stats_listeners *,
    const struct stats_listeners *old);

/* Closes them. Removes the file of a UNIX socket that successor lacks. */
void stats_listeners_close(struct stats_listeners *,
    const struct stats_listeners *successor);

#endif
