/*
 * relay.h - two flows that make a connection: up to the backend, down to the
 * client.
 */
#ifndef OFFLOADER_RELAY_H
#define OFFLOADER_RELAY_H

#include "relay/flow.h"

struct relay {
	struct flow up, down;
	struct side *dead;	/* RELAY_BROKEN: the side that died */
	bool asked;		/* the client spoke after the backend's last */
};

enum relay_result {
	RELAY_WAITS,		/* relay_wants() says for which events */
	RELAY_AGAIN,		/* others first, then again without an event */
	RELAY_FINISHED,		/* both directions have ended */
	RELAY_BROKEN		/* a side died before its end */
};

void relay_init(struct relay *, struct side *client, struct side *backend);

/*
 * Moves what can be moved, at most one scratch buffer each way: other
 * connections must not wait long. Clears the ready bits of the sides.
 */
enum relay_result relay_run(struct relay *, struct scratch *);

/* Whether a run may move much, so that it had better wait for its turn. */
bool relay_is_heavy(const struct relay *);

/*
 * The events a side waits for. This alone decides: a side is read for as long
 * as the other keeps up, and written to while it is behind.
 */
unsigned relay_wants(const struct relay *, const struct side *);

#endif
