/*
 * signer_watch.h - a worker's signer, as its loop sees it.
 */
#ifndef OFFLOADER_SIGNER_WATCH_H
#define OFFLOADER_SIGNER_WATCH_H

#include <ev.h>

#include "serve/worker.h"
#include "tls/tls_side.h"

struct signer_watch {
	struct tls_signer signer;	/* what sessions know of it */
	struct sign_queue queue;
	struct ev_loop *loop;		/* NULL: keys are in this process */
	ev_io watch;
	int master;			/* borrowed: the channel to it */
};

/* NULL: the task has no signer, and none is taken either. */
struct tls_signer *signer_watch_start(struct signer_watch *, struct ev_loop *,
    const struct worker_task *);
void signer_watch_stop(struct signer_watch *);

/*
 * When a signer is lost, the master is asked for another one; this takes it.
 * False: the word says something else.
 */
bool signer_watch_take(struct signer_watch *, char word, int channel);

#endif
