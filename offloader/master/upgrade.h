/*
 * upgrade.h - starts the program again and hands over to it.
 *
 * It executes what the path of the program is now, perhaps another version. The
 * new master gets our sockets and ticket keys and starts its own generation. If
 * it reports that it serves, this one drains; if it ends before that or takes
 * too long, nothing has changed.
 */
#ifndef OFFLOADER_UPGRADE_H
#define OFFLOADER_UPGRADE_H

#include <ev.h>

#include "base/os_systemd.h"
#include "master/handover.h"
#include "process/listeners.h"

struct upgrade_watch {
	/* It serves: close in there what only one master can have. */
	void (*serves)(void *master, pid_t);
	void (*failed)(void *master, const char *why);
};

struct upgrade {
	struct ev_loop *loop;
	const struct upgrade_watch *watch;
	void *master;
	char *program;		/* its path; NULL: not known */
	pid_t pid;		/* of the new master; 0: no upgrade */
	int channel;		/* to it, or -1 */
	ev_io messages;
	ev_child child;
	ev_timer limit;
	char why[HANDOVER_MESSAGE];	/* it failed; or "" */
};

/* All borrowed. */
struct upgrade_args {
	char *const *argv;
	const struct conf *conf;
	const struct listeners *listeners;
	const struct stats_listeners *stats_listeners;
	int tickets;		/* or -1 */
	int stats;		/* or -1 */
	const struct os_notify *notify;
};

/* Finds the path of the program from argv[0]. */
void upgrade_init(struct upgrade *, struct ev_loop *, const char *argv0,
    const struct upgrade_watch *, void *master);

/* Starts the new master. */
int upgrade_begin(struct upgrade *, const struct upgrade_args *,
    struct err *);

/* This master ends: ends the new one as well. */
void upgrade_cancel(struct upgrade *);

/* Stops watching, frees. */
void upgrade_clear(struct upgrade *);

/* In a child: closes the channel. */
void upgrade_leave(struct upgrade *);

#endif
