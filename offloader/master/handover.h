/*
 * handover.h - what a master gets from the one before it, at an upgrade.
 *
 * Sockets come as systemd's do (base/os_systemd.h), and so may they without an
 * upgrade. Besides them there are a channel to the old master, the ticket keys
 * and the stats. Until the old one has heard that we serve, everything is its
 * own.
 */
#ifndef OFFLOADER_HANDOVER_H
#define OFFLOADER_HANDOVER_H

#include <stdbool.h>

#include "base/os_systemd.h"

/* Holds the numbers of the channel's and the keys' descriptors, "5 6". */
#define HANDOVER_ENV	"OFFLOADER_UPGRADE"

/* Holds the number of the stats's: older programs do not know of it. */
#define HANDOVER_STATS	"OFFLOADER_BOARD"

/* Words on the channel; a sentence follows the second. */
#define HANDOVER_READY	'R'	/* from the new one: clients are let in */
#define HANDOVER_FAILED	'E'	/* from the new one, which ends */
#define HANDOVER_GO	'G'	/* from the old one: all is yours */
#define HANDOVER_WORD	600	/* bytes of the longest */

struct handover {
	struct os_handed sockets;
	int channel;		/* to the old master; -1: there is none */
	int tickets;		/* see ticket_rotation_take(); or -1 */
	int stats;		/* see stats_new(); or -1 */
};

/* What is there, out of the environment. */
void handover_take(struct handover *);

/* Whether there is a master before us. */
bool handover_upgrades(const struct handover *);

/* Why we shall not serve. Nothing happens if nobody waits for it. */
void handover_fail(struct handover *, const char *why);

/* We serve: waits until the old master has let everything go. */
void handover_ready(struct handover *);

/* In a child. */
void handover_leave(struct handover *);

#endif
