/*
 * upgrade.h - starts the program anew and hands over to it.
 *
 * What is executed is what the path leads to now, another version perhaps. It
 * gets our sockets and ticket keys and brings its own generation to life. If
 * it says that it serves we let go of all that is ours; if it ends or does not
 * say so in time, nothing has happened.
 */
#ifndef OFFLOADER_UPGRADE_H
#define OFFLOADER_UPGRADE_H

#include <ev.h>

#include "base/os_systemd.h"
#include "master/handover.h"
#include "process/listeners.h"
#include "process/stats_listeners.h"

struct upgrade_watch {
	/* It serves: what it must have now is let go in there. */
	void (*serves)(void *master, pid_t);
	void (*failed)(void *master, const char *why);
};

struct upgrade {
	struct ev_loop *loop;
	const struct upgrade_watch *watch;
	void *master;
	char *program;		/* its path; NULL: not known */
	pid_t pid;		/* of the new master; 0: none is coming */
	int channel;		/* to it, or -1 */
	ev_io words;
	ev_child child;
	ev_timer limit;
	char why[HANDOVER_WORD];	/* what it said when it failed */
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

/* Finds out where the program is that argv[0] is the name of. */
void upgrade_init(struct upgrade *, struct ev_loop *, const char *argv0,
    const struct upgrade_watch *, void *master);

/* -1: a sentence, and none is coming. */
int upgrade_begin(struct upgrade *, const struct upgrade_args *,
    struct err *);

/* We end: the new one is to end as well. */
void upgrade_cancel(struct upgrade *);

/* Stops watching, frees. */
void upgrade_clear(struct upgrade *);

/* In a child. */
void upgrade_leave(struct upgrade *);

#endif
