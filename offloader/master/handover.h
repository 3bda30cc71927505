/*
 * handover.h - what a new master gets from the old one at an upgrade.
 *
 * Sockets come as from systemd (base/os_systemd.h). With them come a channel to
 * the old master, the ticket keys and the statistics. All of it still belongs
 * to the old master until it has read HANDOVER_READY.
 */
#ifndef OFFLOADER_HANDOVER_H
#define OFFLOADER_HANDOVER_H

#include <stdbool.h>

#include "base/os_systemd.h"

/* The descriptors of channel and ticket keys: "5 6". */
#define HANDOVER_ENV	"OFFLOADER_UPGRADE"

/* That of the statistics. Older programs do not know it. */
#define HANDOVER_STATS	"OFFLOADER_BOARD"

/* Messages on the channel; the reason follows HANDOVER_FAILED. */
#define HANDOVER_READY	'R'	/* from the new one: it serves */
#define HANDOVER_FAILED	'E'	/* from the new one, which ends */
#define HANDOVER_GO	'G'	/* from the old one: take over */
#define HANDOVER_MESSAGE	600	/* bytes of the longest */

struct handover {
	struct os_handed sockets;
	int channel;		/* to the old master; or -1 */
	int tickets;		/* see ticket_rotation_take(); or -1 */
	int stats;		/* see stats_new(); or -1 */
};

/* Reads and clears the environment variables. */
void handover_take(struct handover *);

/* True if this is an upgrade. */
bool handover_upgrades(const struct handover *);

/* Sends the reason why this master fails, if this is an upgrade. */
void handover_fail(struct handover *, const char *why);

/* This master serves: waits until the old one has closed what it shares. */
void handover_ready(struct handover *);

/* In a child: closes the channel. */
void handover_leave(struct handover *);

#endif
