/*
 * conn_trace.h - facts about a connection that only the access log needs.
 *
 * There is one only where such lines are written.
 */
#ifndef OFFLOADER_CONN_TRACE_H
#define OFFLOADER_CONN_TRACE_H

#include "serve/conn_steps.h"
#include "tls/tls_facts.h"

/* Outlives the session. */
struct conn_trace_tls {
	struct proxy_facts facts;
	struct tls_facts kept;
	bool resumed, has_cert;
	unsigned char alpn[255];
};

struct conn_trace {
	ev_tstamp begun, entered;
	uint32_t ms[CONN_DONE];		/* in each state */
	bool was[CONN_DONE];		/* in it at all */
	char id[CONN_ID];		/* of the header; or empty */
	struct conn_trace_tls *tls;	/* NULL: no handshake, or not yet */
};

/* Accepted then, and in its first state since. NULL: out of memory. */
struct conn_trace *conn_trace_new(ev_tstamp begun);
void conn_trace_free(struct conn_trace *);

/* It leaves a state. NULL: nothing has come of it yet. */
void conn_trace_leaves(struct exchange *, enum conn_state, ev_tstamp now);

/* Its session will end. What there is to know of it is kept, once. */
void conn_trace_keep(struct exchange *);

#endif
