/*
 * keyguard_client.h - the master's end of the keyguard: a key ring whose keys
 * are in that process.
 *
 * If the keyguard ends a new one is started, after throttle_wait(), and reads
 * all keys again. Signers are not affected.
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
	/* A new one has all keys: signers can be ordered again. */
	void (*back)(void *master);
};

struct keyguard_client {
	struct keyring ring;		/* first: pointers are converted */
	struct proc proc;		/* the keyguard */
	int channel;			/* to it; or -1 */
	int far;			/* its end, during the fork; or -1 */
	bool hidden;			/* without the terminal */
	struct sandbox_config sandbox;
	bool begun;			/* not the first one */
	struct idmap known;		/* struct known_key by number */
	struct frame frame;
	const struct keyguard_client_watch *watch;
	void *master;
};

/* Nothing runs yet. */
void keyguard_client_init(struct keyguard_client *, struct ev_loop *,
    const struct keyguard_client_watch *, void *master, bool hidden);

/* Forks the keyguard, or another one if it must be confined otherwise. */
int keyguard_client_start(struct keyguard_client *,
    const struct sandbox_config *, struct err *);

/* Orders a signer for this end of a channel. -1 if no keyguard runs. */
int keyguard_client_order(struct keyguard_client *,
    const struct signer_message *, int fd);

/* Sends this part of the log to the keyguard, if it is in use. */
void keyguard_client_log(struct keyguard_client *, enum log_part);

/* In a child: closes the channel. */
void keyguard_client_leave(struct keyguard_client *);

/* Lets it end, and waits a moment for it. Call keyring_free() before. */
void keyguard_client_stop(struct keyguard_client *);

/* True if signers support this kind of key. */
bool known_key_can_be(const struct public_key *);

#endif
