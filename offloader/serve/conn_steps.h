/*
 * conn_steps.h - the states of a connection: what is done in each, how long.
 * For conn*.c only.
 *
 * A step does what can be done now and returns the state to be in next. It
 * returns its own state if it must wait for an event or the clock; the want_
 * fields then say for which events. Steps never free, close, touch watchers or
 * log: conn.c does, and the enter functions close the backend.
 */
#ifndef OFFLOADER_CONN_STEPS_H
#define OFFLOADER_CONN_STEPS_H

#include <sys/queue.h>

#include <ev.h>

#include "relay/plain_side.h"
#include "relay/relay.h"
#include "serve/conn.h"
#include "serve/conn_count.h"
#include "serve/conn_header.h"
#include "tls/tls_side.h"

enum conn_state {
	CONN_PROXY_IN,		/* the balancer's header is incomplete */
	CONN_HELLO,		/* the first record is incomplete */
	CONN_HANDSHAKE,
	CONN_DIAL,		/* the backend's next address */
	CONN_CONNECT,		/* to it */
	CONN_RELAY,
	CONN_HALF,		/* the same, but one direction has ended */
	CONN_LINGER,		/* all is sent, but may not have arrived */
	CONN_DONE
};

/* What only a client needs that has sent something. */
struct exchange {
	struct proxy_in in;
	struct side *client, *backend;	/* which of these two each is */
	struct tls_side tls;
	struct plain_side plain;
	struct relay relay;		/* meaningful from CONN_DIAL on */
	struct backend_try try;
	size_t header;			/* bytes of relay.up that are ours */
	size_t dropped;			/* bytes thrown away in LINGER */
	bool shut;		/* LINGER: our end is shut */
	ev_io watch_backend;
	struct conn_counted counted;
	struct conn_trace *trace;		/* NULL: not needed */
};

/* Small: a port scan or an attack may bring very many that send nothing. */
struct conn {
	struct conn_home *home;		/* borrowed, as is the site */
	const struct site *site;
	unsigned place;			/* its frontend's, on the stats */
	LIST_ENTRY(conn) entry;		/* among home->conns */
	struct exchange *x;		/* NULL before the first byte */
	enum conn_state state;
	enum end_reason end;
	unsigned want_client, want_backend;	/* SIDE_* to be waited for */
	bool retry_soon;		/* or only RETRY_TIME */
	struct run_task task;
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

/* What a state is: one row of conn_states[]. */
struct conn_state_row {
	const char *log;	/* name of its time in the access log; states
				   with the same name are added up */
	/* Tries to get on. Returns the state to be in next. */
	enum conn_state (*step)(struct conn *);
	size_t limit;		/* the option that bounds it: a double in
				   struct conf, by its offset; */
	double seconds;		/* or, if not 0, this many seconds */
	bool same_clock;	/* counts from where the last state began */
	bool handshake;		/* its events wait in the queue of handshakes */
	/* Called when it begins; NULL: nothing to do. */
	void (*enter)(struct conn *);
	/* It lasted too long: the state to be in next, as from a step. */
	enum conn_state (*too_late)(struct conn *);
};

/* One for each state but CONN_DONE. */
extern const struct conn_state_row conn_states[];

/* How many seconds after c->since its state has lasted too long. */
double conn_limit(const struct conn *);

/* Closes the socket to the backend, if there is one. */
void conn_close_backend(struct conn *);

#endif
