/*
 * generation.h - all that one configuration brought to life.
 *
 * Built whole or not at all. A reload makes another one beside it; this one
 * then retires and is freed when its last worker has left.
 */
#ifndef OFFLOADER_GENERATION_H
#define OFFLOADER_GENERATION_H

#include <sys/queue.h>

#include "base/err.h"
#include "base/slot.h"
#include "cert/cert_set.h"
#include "config/conf.h"
#include "keyguard/signer_channels.h"
#include "process/listeners.h"
#include "process/proc.h"
#include "process/stats_listeners.h"
#include "process/watchdog.h"
#include "sandbox/sandbox.h"
#include "serve/backend.h"
#include "serve/conn.h"
#include "stats/stats.h"
#include "tls/site.h"
#include "tls/ticket.h"

struct children_watch;
struct snapshot;

struct generation {
	TAILQ_ENTRY(generation) entry;	/* among the master's */
	unsigned number;
	struct conf *conf;		/* owned */
	struct cert_load load;		/* of its certificates */
	struct cert_set certs;		/* the global ones */
	struct site **site;		/* one for each frontend, same order */
	struct cidrs *from;		/* as many: who sends PROXY headers */
	struct ticket_keys *ticket_keys;	/* of the file; or NULL */
	struct backend backend;
	struct listeners listeners;
	struct keyguard_client *keyguard; /* borrowed; NULL: keys are here */
	struct signer_channels signers;
	struct stats_listeners stats_listeners;
	struct proc *child;		/* see children.c; workers are first */
	size_t n_children, n_workers;
	const struct slot *tickets;	/* borrowed: the keys in use */
	const struct snapshot *snapshot; /* the same; NULL: nobody reports */
	struct watchdog watchdog;	/* see children.c */
	struct stats *stats;		/* borrowed */
	unsigned *place;		/* on it, of each frontend */
	unsigned old;			/* ticks of generations.c since it lets
					   nobody in, from 1 on; 0: it does */
	unsigned leaving;		/* the same, since it was told to leave
					   at once */
	const struct children_watch *watch;	/* borrowed, as is the next */
	void *supervisor;		/* see generations.c */
};

/*
 * Loads all that a configuration names - certificates, CAs, addresses, users -
 * without binding anything: that is all of --test. Takes over the conf. Every
 * fault is added, and what is wrong with certificates is logged. With a fault
 * it may be looked at, and must be freed. NULL: out of memory, a fault as well.
 */
struct generation *generation_load(struct conf *, struct cert_store *,
    const struct slot *tickets, struct faults *);

/* What it has read of the ticket-key-file, once it is in use. */
void generation_forget_keys(struct generation *);

/* How its children are confined. */
struct sandbox_config generation_sandbox(const struct generation *);

/* How all of its processes are, for the log and status. Returns out. */
char *generation_sandbox_text(const struct generation *, char *out,
    size_t size);

/*
 * Opens its sockets: copies of those that old has, or without one (NULL) what
 * was handed. Finds its frontends' places on the stats. -1: a sentence.
 */
int generation_open(struct generation *, const struct generation *old,
    const struct listeners *handed, struct stats *, struct err *);

/* Says that it serves now: where old did not listen, and what it shows. */
void generation_announce(const struct generation *,
    const struct generation *old);

/*
 * The listeners of one worker: every socket of its listeners. The caller frees
 * them. NULL: out of memory.
 */
struct listener *generation_listeners(const struct generation *,
    unsigned worker, size_t *n);

void generation_free(struct generation *);

#endif
