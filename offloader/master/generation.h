/*
 * generation.h - everything made from one configuration.
 *
 * It is built completely or not at all. A reload makes another generation; this
 * one then retires, and is freed when its last child has ended.
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
	struct cidrs *from;		/* as many: senders of PROXY headers */
	struct ticket_keys *ticket_keys;	/* of the file; or NULL */
	struct backend backend;
	struct listeners listeners;
	struct keyguard_client *keyguard; /* borrowed; NULL: keys are local */
	struct signer_channels signers;
	struct stats_listeners stats_listeners;
	struct proc *child;		/* see children.c; workers are first */
	size_t n_children, n_workers;
	const struct slot *tickets;	/* borrowed: the keys in use */
	const struct snapshot *snapshot; /* borrowed; NULL: no reporter */
	struct watchdog watchdog;	/* see children.c */
	struct stats *stats;		/* borrowed */
	unsigned *place;		/* of each frontend in it */
	unsigned old;			/* ticks of generations.c since it was
					   stopped, from 1; 0: it serves */
	unsigned leaving;		/* the same, since CHILD_LEAVE */
	const struct children_watch *watch;	/* borrowed, as is the next */
	void *owner;			/* struct generations */
};

/*
 * Loads all that a configuration names (certificates, CAs, addresses, users),
 * without binding anything: --test needs no more. Takes over the conf. Adds
 * every fault; warnings about certificates are logged. With faults the result
 * is incomplete, and must be freed. NULL if out of memory, also a fault.
 */
struct generation *generation_load(struct conf *, struct cert_store *,
    const struct slot *tickets, struct faults *);

/* Erases what was read of the ticket-key-file, once it is in use. */
void generation_forget_keys(struct generation *);

/* How its children are confined. */
struct sandbox_config generation_sandbox(const struct generation *);

/* How all of its processes are, for the log and status. Returns out. */
char *generation_sandbox_text(const struct generation *, char *out,
    size_t size);

/*
 * Opens its sockets: copies of those of old or, if old is NULL, those in
 * handed. Finds its frontends' places in the statistics.
 */
int generation_open(struct generation *, const struct generation *old,
    const struct listeners *handed, struct stats *, struct err *);

/* Logs that it serves now: new addresses, sandbox and certificates. */
void generation_announce(const struct generation *,
    const struct generation *old);

/*
 * The listeners of one worker, one for each of its sockets. The caller frees
 * the array. NULL if out of memory.
 */
struct listener *generation_listeners(const struct generation *,
    unsigned worker, size_t *n);

void generation_free(struct generation *);

#endif
