/*
 * keyguard_client.h - the master's end of the keyguard: a ring whose keys are
 * there.
 *
 * If the keyguard ends a new one is started, after a while if it is not the
 * first time, and told of all keys again. Signers do not snapshot.
 */
#ifndef OFFLOADER_KEYGUARD_CLIENT_H
#define OFFLOADER_KEYGUARD_CLIENT_H

#include "base/idmap.h"
#include "keyguard/message.h"
#include "keys/keyring.h"
#include "process/proc.h"
#include "sandbox/sandbox.h"

struct keyguard_client_watch {
	/* In the keyguard: close and stop all that is the master's alone. */
	void (*leave)(void *master);
	/* There is a new one, which has all keys: signers can be had again. */
	void (*back)(void *master);
};

struct keyguard_client {
	struct keyring ring;		/* first: they convert */
	struct proc proc;		/* the keyguard */
	int channel;			/* to it; -1: there is none */
	int far;			/* its end, while it is forked; or -1 */
	bool hidden;			/* it has no terminal */
	struct sandbox_config sandbox;
	bool begun;			/* there was one */
	struct idmap known;		/* where each key came from */
	struct frame frame;
	const struct keyguard_client_watch *watch;
	void *master;
};

/* Nothing runs yet. hidden: it will be away from the terminal. */
void keyguard_client_init(struct keyguard_client *, struct ev_loop *,
    const struct keyguard_client_watch *, void *master, bool hidden);

/*
 * Forks the keyguard, or another if the one there is confined otherwise. -1: a
 * sentence.
 */
int keyguard_client_start(struct keyguard_client *,
    const struct sandbox_config *, struct err *);

/* Orders a signer for the other end of this channel. -1: nobody is there. */
int keyguard_client_order(struct keyguard_client *,
    const struct signer_message *, int fd);

/* Gives the keyguard this part of our log, if it is in use. */
void keyguard_client_log(struct keyguard_client *, enum log_part);

/* In a child: there is no keyguard for it. */
void keyguard_client_leave(struct keyguard_client *);

/* Lets it end, and waits for that a moment. keyring_free() comes first. */
void keyguard_client_stop(struct keyguard_client *);

#endif
