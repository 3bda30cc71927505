/*
 * master_parts.h - what the master consists of. For master*.c only.
 */
#ifndef OFFLOADER_MASTER_PARTS_H
#define OFFLOADER_MASTER_PARTS_H

#include "control/control.h"
#include "keyguard/keyguard_client.h"
#include "master/generations.h"
#include "master/master.h"
#include "master/sd_notify.h"
#include "master/status.h"
#include "master/ticket_rotation.h"
#include "master/upgrade.h"
#include "process/result.h"
#include "reporter/snapshot.h"
#include "stats/stats.h"

struct master {
	const struct master_start *start;
	struct ev_loop *loop;
	struct generations generations;
	struct keyguard_client keyguard; /* to the keyguard, if there is one */
	struct keyring *ring;		/* there, or here */
	struct cert_store *store;	/* of what is on it */
	struct ticket_rotation tickets;
	struct stats *stats;
	struct counters *counters;		/* our own slot of it */
	struct control control;
	struct sd_notify herald;
	struct upgrade successor;		/* the master after us */
	struct result reload, upgrade;
	struct snapshot *snapshot;		/* all this, for the reporter */
	ev_prepare publish;
	ev_signal hup, usr1, usr2, term, intr;
	bool again;			/* a reload is wanted */
	bool settled;			/* all that is one master's is ours */
	time_t started;
	int status;			/* of the program */
	int daemon;			/* for os_daemon_ready(), or -1 */
	int pidfile;			/* or -1 */
	char *pidfile_path;
};

/* master.c */

/* No more clients: drains, or ends now. why is for the log. */
void master_end(struct master *, bool now, const char *why);

/* What only one master can have: pid file and control socket. */
int master_settle(struct master *, const struct conf *, struct err *);

/* In a child: closes and stops what is the master's alone. */
void master_leave(struct master *);

/* keys.c */

/*
 * As key-isolation says: starts the keyguard, or will have keys here. Before
 * the first certificate is read, and after the log is open. -1: a sentence.
 */
int master_open_keys(struct master *, const struct conf *, struct err *);

/* A keyguard that may do what this configuration wants of it. */
int master_begin_keyguard(struct master *, const struct conf *, struct err *);
void master_close_keys(struct master *);

/* Gives our log file to every process of ours. */
void master_share_log(struct master *);

/* counting.c */

/* The one that was handed to us, or a new one. -1: errno. */
int master_open_stats(struct master *);

/* Another master says there how it is from now on. We still count. */
void master_yield_stats(struct master *);

/* A generation serves. A reload has come to its end. */
void master_count_generation(struct master *);
void master_count_reload(struct master *, bool ok);

/* take_over.c */

extern const struct upgrade_watch master_upgrade_watch;

/* -1: a sentence. The outcome is in m->upgrade. */
int master_want_upgrade(struct master *, struct err *);

/* We are the new one, and serve: takes over. */
void master_take_over(struct master *);

/* reload.c */

/* Everything a generation needs before its workers are started. */
struct generation *master_prepare(struct master *, struct conf *,
    struct faults *);

/* A reload as soon as there may be one; however many want it. */
void master_want_reload(struct master *);

/* A generation serves, or (with a sentence) there will be no other. */
void master_reload_settled(struct master *, const char *why);

/* There may be room for what is wanted. */
void master_look_for_room(struct master *);

/* commands.c */

/* What there is to say of us. */
struct master_status master_status_of(const struct master *);

/* The same for the reporter, if it is not known to it yet. */
void master_publish(struct master *);

/* The line of it for the supervisor. */
#define MASTER_LINE	768
char *master_line(const struct master *, char out[MASTER_LINE]);

/* See control.h. */
control_answer master_answer;

#endif
