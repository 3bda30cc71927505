/*
 * relay.h - two flows that make a connection: up to the backend, down to the
 * client.
 *
 * A flow carries the bytes from one side to the other. Both know nothing of
 * sockets, TLS or the event loop.
 */
#ifndef OFFLOADER_RELAY_H
#define OFFLOADER_RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "relay/side.h"

/* The worker's. Holds nothing between two steps: a sink takes every byte. */
struct scratch {
	uint8_t *bytes;
	size_t size;
};

enum flow_state {
	FLOW_OPEN,		/* moving bytes */
	FLOW_ENDING,		/* EOF from the source, not yet passed on */
	FLOW_CLOSED,		/* EOF was passed on to the sink */
	FLOW_REFUSED		/* the sink reads no more, but may send */
};

/*
 * A read brings little at first: all that the sink does not take must be kept.
 * It brings more while reads come back full and the sink keeps up. (This much
 * and its TLS records fill two buffers of a backlog.)
 */
#define FLOW_LEAST	(31 * 1024)

/* Bytes on their way from one side of a connection to the other. */
struct flow {
	struct side *from, *to;
	enum flow_state state;
	size_t read_size;	/* bytes to be read at once; 0: FLOW_LEAST */
	uint64_t total;		/* bytes handed to the sink so far */
};

enum flow_result {
	FLOW_MOVED,		/* progress: another step may be worth it */
	FLOW_WAITS,		/* none until an event */
	FLOW_CUT		/* the source died before its end */
};

/* Moves one scratch full at most. */
enum flow_result flow_step(struct flow *, struct scratch *);

/*
 * The first step: lead bytes stand in the scratch already (a PROXY header) and
 * go out at once, in the same write as the source's first if it has any.
 */
enum flow_result flow_first(struct flow *, struct scratch *, size_t lead);

/* True if no more data will move. */
static inline bool
flow_done(const struct flow *f)
{
	return f->state == FLOW_CLOSED || f->state == FLOW_REFUSED;
}

struct relay {
	struct flow up, down;
	struct side *broken;	/* RELAY_BROKEN: the side that failed */
	bool unanswered;	/* the last data came from the client */
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

/* True if a run may move so much that it belongs in the run queue. */
bool relay_is_heavy(const struct relay *);

/*
 * The events a side waits for. This alone decides: a side is read for as long
 * as the other keeps up, and written to while it is behind.
 */
unsigned relay_wants(const struct relay *, const struct side *);

#endif
