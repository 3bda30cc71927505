/*
 * conn_limits.c - how long each state of a connection may last, and what comes
 * of it.
 */
#include <errno.h>

#include "base/os_socket.h"
#include "serve/conn_limits.h"

static const struct {
	size_t limit;		/* which of home->limits bounds it */
	bool same_clock;
} states[] = {
	[CONN_PROXY_IN] = { offsetof(struct limits, handshake), true },
	[CONN_HELLO] = { offsetof(struct limits, handshake), true },
	[CONN_HANDSHAKE] = { offsetof(struct limits, handshake), true },
	[CONN_DIAL] = { offsetof(struct limits, connect), false },
	[CONN_CONNECT] = { offsetof(struct limits, connect), true },
	[CONN_RELAY] = { offsetof(struct limits, idle), false },
	[CONN_HALF] = { offsetof(struct limits, half_closed), false },
	[CONN_LINGER] = { offsetof(struct limits, linger), false },
	[CONN_DONE] = { 0, false }
};

/*
 * True if no answer is due, as far as bytes can tell: the backend sent the last
 * data, or no data was sent, and all of it is with the kernel.
 */
static bool
is_quiet(const struct conn *c)
{
	return c->state == CONN_RELAY && !c->x->relay.asked &&
	    !c->x->client.side.behind && !c->x->backend.side.behind;
}

/* The limit of a draining worker, where it is the lesser. */
static bool
drains(const struct conn *c)
{
	const struct limits *l = &c->home->limits;

	return l->quiet > 0 && l->quiet < l->idle && is_quiet(c);
}

double
conn_limit(const struct conn *c)
{
	const struct limits *l = &c->home->limits;

	if (drains(c))
		return l->quiet;
	return *(const double *)((const char *)l + states[c->state].limit);
}

bool
conn_same_clock(enum conn_state s)
{
	return states[s].same_clock;
}

static enum conn_state
idle(struct conn *c)
{
	if (!drains(c)) {
		c->end = END_IDLE;
		return CONN_DONE;
	}
	/* A request that has come but not been read shall be answered. */
	if (os_socket_waits(c->fd) || os_socket_waits(c->x->backend.fd))
		return CONN_RELAY;
	c->end = END_DRAIN_IDLE;
	(void)c->x->client.side.ops->finish(&c->x->client.side);
	return CONN_LINGER;
}

enum conn_state
conn_too_late(struct conn *c)
{
	switch (c->state) {
	case CONN_PROXY_IN:
		c->end = END_PROXY_SLOW;
		break;
	case CONN_HELLO:
	case CONN_HANDSHAKE:
		c->end = END_HANDSHAKE_SLOW;
		break;
	case CONN_CONNECT:
		/* This address does not answer. The next one may. */
		c->x->try.error = ETIMEDOUT;
		return CONN_DIAL;
	case CONN_DIAL:
		c->end = END_BACKEND_SLOW;
		return CONN_LINGER;
	case CONN_RELAY:
		return idle(c);
	case CONN_HALF:
		c->end = END_HALF_CLOSED;
		break;
	case CONN_LINGER:
	case CONN_DONE:
		break;
	}
	return CONN_DONE;
}
