/*
 * conn_trace.h - what the line of a connection needs, and nobody else keeps so
 * long.
 *
 * There is one only where such lines are written.
 */
#ifndef OFFLOADER_CONN_TRACE_H
#define OFFLOADER_CONN_TRACE_H

#include "serve/conn_steps.h"
#include "tls/tls_facts.h"

/* Outlives the session. */
struct story_tls {
	struct proxy_facts facts;
	struct tls_facts kept;
	bool resumed, has_cert;
	unsigned char alpn[255];
};

struct story {
	ev_tstamp begun, entered;
	uint32_t ms[CONN_DONE];		/* in each state */
	bool was[CONN_DONE];		/* in it at all */
	char id[CONN_ID];		/* of the header; or empty */
	struct story_tls *tls;		/* NULL: no handshake, or not yet */
};

/* Accepted then, and in its first state since. NULL: out of memory. */
struct story *story_new(ev_tstamp begun);
void story_free(struct story *);

/* It leaves a state. NULL: nothing has come of it yet. */
void story_leaves(struct exchange *, enum conn_state, ev_tstamp now);

/* Its session will end. What there is to know of it is kept, once. */
void story_keep(struct exchange *);

#endif
