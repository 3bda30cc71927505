/*
 * cert_store.h - every certificate in use, through all reloads.
 *
 * A certificate whose files are as they were (file_id.h says what is
 * recognised) is not read again. The store belongs to the master, for its life.
 *
 * Certificates have no reference counts: after a fork, each change of one would
 * copy its page. A configuration keeps all certificates it was given until it
 * releases the store.
 */
#ifndef OFFLOADER_CERT_STORE_H
#define OFFLOADER_CERT_STORE_H

#include <stdbool.h>
#include <sys/queue.h>
#include <time.h>

#include "base/err.h"
#include "base/progress.h"
#include "cert/cert.h"

struct cert_store;

/* One configuration's hold on the store. */
struct cert_load {
	TAILQ_ENTRY(cert_load) entry;
	struct cert_store *store;
	unsigned long number;
	unsigned long reads;	/* certificates read, and not recognised */
	time_t warned;		/* when cert_warn() was through with it */
	bool insecure_keys;	/* allow-loose-keys: for the caller to set */
	/* of the last one that could not be read */
	enum pem_skip_reason skip_reason;
};

/*
 * Borrows the ring. From now on only the store chooses the numbers of its keys.
 * NULL: out of memory.
 */
struct cert_store *cert_store_new(struct keyring *);

/* After the last load has ended. */
void cert_store_free(struct cert_store *);

/*
 * A configuration is about to be loaded; none of an earlier load is any more.
 * A file that was written a moment before it was read is read again in the
 * next load, but not in this one.
 */
void cert_store_begin(struct cert_store *, struct cert_load *);

/* It is gone. Frees what only it had; a load that never began has nothing. */
void cert_store_end(struct cert_load *);

/*
 * The certificate of a PEM file: the leaf, its chain, and the key. Whether
 * insecure keys are allowed is the load's to say. NULL: an error message, and
 * the load has the skip reason. Borrowed until the load ends.
 */
const struct cert *cert_store_get(struct cert_load *,
    const struct key_source *, struct err *);

/*
 * The certificate that an earlier load found there and still uses, even if the
 * file has changed. NULL: none. Borrowed as well.
 */
const struct cert *cert_store_keep(struct cert_load *,
    const struct key_source *);

/*
 * All that a load was given, each once, in the order in which the store first
 * read them: *at begins as 0. NULL: that was the last. *fresh (or NULL): this
 * load has read it.
 */
const struct cert *cert_store_next(const struct cert_load *, size_t *at,
    bool *fresh);

/* The load before this one, of those that have not ended. NULL: none. */
const struct cert_load *cert_store_before(const struct cert_load *);

/* Tells of each certificate that is read from now on; NULL: no more. */
void cert_store_watch(struct cert_store *, struct progress *);

#endif
