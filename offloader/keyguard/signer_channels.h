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

struct signer_seat {
	struct signers *all;
	struct proc *worker;		/* borrowed */
	int near, far;			/* until they are handed over; or -1 */
	struct throttle throttle;
	ev_timer later;
};

struct signers {
	struct keylink *link;		/* borrowed; NULL: keys are here */
	struct ev_loop *loop;
	const struct conf *conf;	/* whose user they become; borrowed */
	uint32_t generation;		/* its number */
	struct signer_seat *seat;
	size_t n;
};

/* Of n workers. -1: out of memory. link NULL: nobody will need a signer. */
int signers_init(struct signers *, struct keylink *, struct ev_loop *,
    const struct conf *, struct proc *worker, size_t n);
void signers_clear(struct signers *);

/*
 * A worker is about to be forked: makes its channel. -1: errno. In the child
 * it is at signers_near() afterwards, -1 if it needs none.
 */
int signers_before(struct signers *, unsigned worker);
int signers_near(const struct signers *, unsigned worker);

/* It has been forked, or has not. */
void signers_after(struct signers *, unsigned worker);

/* It says that its signer is gone: another, after a while. */
void signers_again(struct signers *, unsigned worker);

/* The keyguard is back: those who waited for it go there. */
void signers_hand_over(struct signers *);

/* In a child: closes what is not that worker's; mine NULL: everything. */
void signers_leave(const struct signers *, const struct proc *mine);

#endif
