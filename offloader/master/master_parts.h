/*
 * master_parts.h - the state of the master, for its own rooms only.
 *
 * Each room calls only those after it: master, commands, take_over, reload,
 * keys, lifecycle, log_files, publish.
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
#include "reporter/snapshot.h"
#include "stats/stats.h"

struct master {
	const struct master_start *start;
	struct ev_loop *loop;
	struct generations generations;
	struct keyguard_client keyguard; /* unused if key-isolation is off */
	struct keyring *ring;		/* of the keyguard, or local */
	struct cert_store *store;	/* its keys are in the ring */
	struct ticket_rotation tickets;
	struct stats *stats;
	struct counters *counters;	/* the master's slot of it */
	struct control control;
	struct sd_notify supervisor;
	struct upgrade successor;	/* the next master */
	struct result reload, upgrade;
	struct snapshot *snapshot;	/* the status, for the reporter */
	ev_prepare publish;
	ev_signal hup, usr1, usr2, term, intr;
	bool reload_wanted;
	bool settled;			/* has pid file and control socket */
	time_t started;
	int status;			/* exit status of the program */
	int daemon;			/* for os_daemon_ready(), or -1 */
	int pidfile;			/* or -1 */
	char *pidfile_path;
};

#endif
