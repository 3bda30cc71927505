/*
 * stats_listeners.h - the listening sockets of the statistics.
 *
 * The master keeps them open like those of the frontends (listeners.h): a
 * reload copies them, an upgrade hands them over, and every scrape is served.
 */
#ifndef OFFLOADER_STATS_LISTENERS_H
#define OFFLOADER_STATS_LISTENERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/os_socket.h"
#include "config/conf.h"

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
