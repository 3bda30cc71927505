/*
 * conn_steps.h - what is done in each state of a connection. For conn.c only.
 *
 * A step tries to get on, and answers with the state to be in next: its own,
 * if there is nothing to do until the sockets or the clock say so; then the
 * want_ fields say which events. Steps never free, close, touch watchers or
 * log: conn.c does.
 */
#ifndef OFFLOADER_CONN_STEPS_H
#define OFFLOADER_CONN_STEPS_H

#include <sys/queue.h>

#include <ev.h>

#include "relay/plain_side.h"
#include "relay/relay.h"
#include "serve/conn.h"
#include "serve/conn_count.h"
#include "serve/proxy_in.h"
#include "tls/tls_side.h"

/* Up to HANDSHAKE, a step costs much CPU time, or leads to one that does. */
enum conn_state {
	CONN_PROXY_IN,		/* no whole header of a balancer came yet */
	CONN_HELLO,		/* no whole record came yet */
	CONN_HANDSHAKE,
	CONN_DIAL,		/* the backend's next address */
	CONN_CONNECT,		/* to it */
	CONN_RELAY,
	CONN_HALF,		/* the same, but one direction has ended */
	CONN_LINGER,		/* all is said; the client may not have heard */
	CONN_DONE
};

/* What only a client needs that has sent something. */
struct exchange {
	struct proxy_in in;
	struct tls_side client;
	struct plain_side backend;
	struct relay relay;		/* meaningful from CONN_DIAL on */
	struct backend_try try;
	size_t header;			/* bytes of relay.up that are ours */
	size_t heard;			/* bytes thrown away in LINGER */
	bool shut;		/* LINGER: our end is shut */
	ev_io watch_backend;
	struct conn_counted counted;
	struct conn_trace *trace;		/* NULL: not needed */
};

/* Small: a port scan or an attack may bring very many that never speak. */
struct conn {
	struct conn_home *home;		/* borrowed, as is the site */
	const struct site *site;
	unsigned place;			/* its frontend's, on the stats */
	LIST_ENTRY(conn) entry;		/* among home->conns */
	struct exchange *x;		/* NULL before the first byte */
	enum conn_state state;
	enum end_reason end;
	unsigned want_client, want_backend;	/* SIDE_* to be waited for */
	bool nap;			/* or just for a little time */
	struct run_task turn;
	ev_io watch_client;
	ev_timer clock;
	ev_tstamp since;		/* what the state's limit counts from */
	int fd;				/* the client's socket */
	union addr peer;		/* the client, as far as is known */
};

/* Whether its handshake was finished, however it went on. */
static inline bool
conn_has_session(const struct exchange *x)
{
	return x->relay.up.from != NULL;
}

typedef enum conn_state step_fn(struct conn *);

step_fn step_proxy_in, step_hello, step_handshake, step_dial, step_connect,
    step_relay, step_linger;

#endif
