/*
 * flow.h - bytes on their way from one side of a connection to the other.
 *
 * Pure: knows nothing of sockets, TLS or the event loop. The scratch buffer
 * belongs to the worker and holds nothing between two steps: a sink takes
 * every byte it is given.
 */
#ifndef OFFLOADER_FLOW_H
#define OFFLOADER_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "relay/side.h"

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

struct flow {
	struct side *from, *to;
	enum flow_state state;
	size_t reach;		/* bytes to be read at once; 0: FLOW_LEAST */
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

#endif
