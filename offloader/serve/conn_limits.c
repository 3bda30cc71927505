/*
 * conn_limits.c - how long each state of a connection may last, and what comes
 * of it.
 */
#include <errno.h>

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

double
conn_limit(const struct conn *c)
{
	return *(const double *)((const char *)&c->home->limits +
	    states[c->state].limit);
}

bool
conn_same_clock(enum conn_state s)
{
	return states[s].same_clock;
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
		c->end = END_IDLE;
		break;
	case CONN_HALF:
		c->end = END_HALF_CLOSED;
		break;
	case CONN_LINGER:
	case CONN_DONE:
		break;
	}
	return CONN_DONE;
}
