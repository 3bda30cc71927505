/*
 * stats_listeners.h - where the statistics are listened for.
 *
 * The master holds these sockets as it holds the clients' (listeners.h): a
 * reload copies them, an upgrade hands them over, and a scrape finds one at any
 * time.
 */
#ifndef OFFLOADER_STATS_LISTENERS_H
#define OFFLOADER_STATS_LISTENERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/os_socket.h"
#include "config/conf.h"

#define STATS_LISTENERS	4	/* addresses that one name may have */
/* of a socket that is handed over */
#define STATS_LISTEN_NAME	"stats-listen"

struct stats_listener {
	struct endpoint asked;		/* as configured: the port may be 0 */
	int fd;				/* -1: not open */
	struct socket_file file;	/* of a UNIX socket, if it is ours */
};

struct stats_listeners {
	struct stats_listener listener[STATS_LISTENERS];
	size_t n;			/* 0: nobody wants statistics */
};

/*
 * Looks up where stats-listen leads, without opening anything. Faults are
 * added: what cannot be looked up, what others than this machine could reach,
 * and that the program was built without statistics.
 */
void stats_listeners_find(struct stats_listeners *, const struct conf *,
    struct faults *);

/* Whether a socket that was handed to us is one of these; then it is kept. */
bool stats_listeners_adopt(struct stats_listeners *, int fd,
    const struct endpoint *, const char *name);

/*
 * Opens what is not open, here or in old, and copies that. -1: a sentence; old
 * goes on as it was.
 */
int stats_listeners_open(struct stats_listeners *,
    const struct stats_listeners *old, const struct conf *, struct err *);

/* Says where old (or NULL) was not: "statistics on 127.0.0.1:9145". */
void stats_listeners_announce(const struct stats_listeners *,
    const struct stats_listeners *old);

/*
 * Closes them. The file of a UNIX socket goes too, but not if successor (or
 * NULL) has the same.
 */
void stats_listeners_close(struct stats_listeners *,
    const struct stats_listeners *successor);

#endif
