/*
 * signer_channels.h - a channel to a signer for each worker of a generation.
 *
 * The master makes both ends: one is the worker's, at its fork or with a word;
 * the other goes to the keyguard, which forks a signer for it, or waits until
 * there is one.
 */
#ifndef OFFLOADER_SIGNER_CHANNELS_H
#define OFFLOADER_SIGNER_CHANNELS_H

#include "keyguard/keyguard_client.h"

struct signer_channel {
	struct signer_channels *all;
	struct proc *worker;		/* borrowed */
	int near, far;			/* until they are handed over; or -1 */
	struct throttle throttle;
	ev_timer later;
};

struct signer_channels {
	struct keyguard_client *link;	/* borrowed; NULL: keys are here */
	struct ev_loop *loop;
	const struct conf *conf;	/* whose user they become; borrowed */
	uint32_t generation;		/* its number */
	struct signer_channel *channel;
	size_t n;
};

/* Of n workers. -1: out of memory. link NULL: nobody will need a signer. */
int signer_channels_init(struct signer_channels *, struct keyguard_client *,
    struct ev_loop *, const struct conf *, struct proc *worker, size_t n);
void signer_channels_clear(struct signer_channels *);

/*
 * A worker is about to be forked: makes its channel. -1: errno. In the child
 * it is at signer_channels_near() afterwards, -1 if it needs none.
 */
int signer_channels_before(struct signer_channels *, unsigned worker);
int signer_channels_near(const struct signer_channels *, unsigned worker);

/* It has been forked, or has not. */
void signer_channels_after(struct signer_channels *, unsigned worker);

/* It says that its signer is gone: another, after a while. */
void signer_channels_again(struct signer_channels *, unsigned worker);

/* The keyguard is back: those who waited for it go there. */
void signer_channels_hand_over(struct signer_channels *);

/* In a child: closes what is not that worker's; mine NULL: everything. */
void signer_channels_leave(const struct signer_channels *,
    const struct proc *mine);

#endif
