/*
 * signer_channels.h - a channel to a signer for each worker of a generation.
 *
 * The master makes both ends. The worker gets one at its fork or with a
 * message; the other is sent to the keyguard, which forks a signer for it. If
 * there is no keyguard now, it is sent to the next one.
 */
#ifndef OFFLOADER_SIGNER_CHANNELS_H
#define OFFLOADER_SIGNER_CHANNELS_H

#include "keyguard/keyguard_client.h"

struct signer_channel {
	struct signer_channels *all;
	struct proc *worker;		/* borrowed */
	int near, far;			/* until they are sent; or -1 */
	struct throttle throttle;
	ev_timer later;
};

struct signer_channels {
	struct keyguard_client *link;	/* borrowed; NULL: keys are local */
	struct ev_loop *loop;
	const struct conf *conf;	/* borrowed; has the signers' user */
	uint32_t generation;		/* its number */
	struct signer_channel *channel;
	size_t n;
};

/* For n workers; without link none is made. -1 if out of memory. */
int signer_channels_init(struct signer_channels *, struct keyguard_client *,
    struct ev_loop *, const struct conf *, struct proc *worker, size_t n);
void signer_channels_clear(struct signer_channels *);

/*
 * Before the fork of a worker: makes its channel. -1: errno. In the child its
 * end is signer_channels_near(), or -1 if keys are local.
 */
int signer_channels_before(struct signer_channels *, unsigned worker);
int signer_channels_near(const struct signer_channels *, unsigned worker);

/* After the fork, also if it failed. */
void signer_channels_after(struct signer_channels *, unsigned worker);

/* Its signer has ended: gets another one, after throttle_wait(). */
void signer_channels_again(struct signer_channels *, unsigned worker);

/* There is a new keyguard: sends it the channels that wait. */
void signer_channels_hand_over(struct signer_channels *);

/* In a child: closes what is not of this worker; mine NULL: everything. */
void signer_channels_leave(const struct signer_channels *,
    const struct proc *mine);

/* True if a private key is a URI of a token, and not of a file. */
bool pkcs11_wanted(const struct conf *);

#endif
