/*
 * access_log.h - one line for each connection, when it has ended.
 */
#ifndef OFFLOADER_ACCESS_LOG_H
#define OFFLOADER_ACCESS_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "relay/proxy_header.h"
#include "serve/conn_steps.h"
#include "tls/tls_side.h"

/*
 * Logs a connection that ended, if the access log is on. On some days many fail
 * before their handshake is finished: most of these are only counted.
 */
void access_log(const struct conn *, const struct conn_state_row *states);

#define ACCESS_LINE	3900	/* bytes; a pipe takes it and a head at once */
#define ACCESS_ABSENT	(-1)	/* for numbers and truths */

#define ACCESS_TIMES	12	/* most names of times */

enum access_kind { ACCESS_TEXT, ACCESS_NUMBER, ACCESS_TRUTH };

/* A text is absent with bytes NULL. */
struct access_facts {
	struct proxy_value time, client, balancer, frontend, sni, version,
	    cipher, group, alpn, cn, ja4, id, backend, end, why;
	long long client_port, balancer_port, verify, up, down;
	int established, resumed;
	struct access_time {
		const char *name;	/* the field's */
		long long ms;
	} times[ACCESS_TIMES];	/* after all others */
	size_t n_times;
};

struct access_row {
	const char *name;
	enum access_kind kind;
	size_t offset;		/* in struct access_facts */
};

/* In the order of a line; ended by one without a name. */
extern const struct access_row access_rows[];

/* Everything absent. */
void access_facts_init(struct access_facts *);

/*
 * One line of what is there, as JSON or logfmt, without an end and a NUL. It
 * always fits. Returns its length.
 */
size_t access_line(const struct access_facts *, bool json,
    char out[ACCESS_LINE]);

/* What the log tells of a TLS session after its end. */
struct conn_trace_tls {
	struct proxy_facts facts;
	struct tls_facts kept;
	bool resumed, has_cert;
	unsigned char alpn[255];
};

/* Facts that only the access log needs: a connection has none without it. */
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

/* The connection leaves a state. Does nothing if x is NULL. */
void conn_trace_leaves(struct exchange *, enum conn_state, ev_tstamp now);

/* Its session will end. What there is to know of it is kept, once. */
void conn_trace_keep(struct exchange *);

#endif
