/*
 * conn.h - one client's connection, from accept to close.
 */
#ifndef OFFLOADER_CONN_H
#define OFFLOADER_CONN_H

#include <sys/queue.h>

#include "base/cidr.h"
#include "base/pool.h"
#include "config/conf.h"
#include "loop/log_limit.h"
#include "relay/proxy_header.h"
#include "relay/relay.h"
#include "serve/backend.h"
#include "serve/run_queue.h"
#include "stats/end_reason.h"
#include "stats/stats.h"
#include "tls/site.h"
#include "tls/tls_bio.h"
#include "tls/tls_side.h"

struct conn;

/* One listening socket, and whose clients come by it. All borrowed. */
struct listener {
	int fd;
	const struct site *site;
	unsigned place;			/* the frontend's, on the stats */
	const struct cidrs *from;	/* only these, with a PROXY header;
					   NULL: all, without one */
};

/*
 * What connections share. Their owner (a worker, a test) embeds one; nothing
 * here points further up.
 */
struct conn_home {
	struct ev_loop *loop;
	const struct conf *conf;	/* borrowed */
	double drain_idle;		/* when draining, the limit of a
					   connection on which the backend
					   spoke last; 0: none */
	struct proxy_form form;
	struct backend backend;
	struct run_queue run_queue;
	struct tls_buffers buffers;
	struct scratch scratch;
	struct pool pool;		/* of OUTQUEUE_BUFFER bytes */
	LIST_HEAD(conn_list, conn) conns;
	unsigned n_conns;
	struct counters *counters;		/* borrowed */
	struct log_limit refused;		/* PROXY headers */
	struct tls_signer *signer;	/* borrowed; NULL: keys are here */
	struct log_limit failed;		/* before they had a session */
	void (*ended)(struct conn_home *);	/* a connection has ended */
};

/*
 * Takes over an accepted socket, which must not block, and closes it when
 * done; that may be at once. The site must outlive the connection. -1: out of
 * memory; it is closed.
 */
int conn_start(struct conn_home *, int fd, const union addr *peer,
    const struct listener *);

/* What a signer is to call when one of our handshakes can go on. */
void conn_answered(struct tls_signer *, struct tls_side *);

/* No new clients come. Closes connections idle for so many seconds. */
void conn_drain(struct conn_home *, double drain_idle);

/* Ends every connection, for this reason. */
void conn_end_all(struct conn_home *, enum end_reason);

#endif
