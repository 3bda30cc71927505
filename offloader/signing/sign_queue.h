/*
 * sign_queue.h - a worker's end of the channel to its signer.
 *
 * Requests wait in a line, and only a few are with the signer at a time: if a
 * client leaves before its turn, no signature is made. A callback reports each
 * result. It only records it, because the queue is not yet consistent.
 */
#ifndef OFFLOADER_SIGN_QUEUE_H
#define OFFLOADER_SIGN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "signing/sign_request.h"
#include "stats/stats.h"

#define SIGN_QUEUE_FLIGHT	32	/* requests that are with the signer */

/*
 * The same if the next one takes long, as RSA does: where both have one core,
 * a light request waits until the signer has nothing more to do. One less, and
 * it would have nothing to do where each has its own.
 */
#define SIGN_QUEUE_SLOW	2

enum sign_wait_state {
	SIGN_WAIT_IDLE,		/* nowhere: not begun, or given up */
	SIGN_WAIT_LINE,		/* not sent yet */
	SIGN_WAIT_SENT,
	SIGN_WAIT_SIGNED,	/* the reply is there, and a signature in it */
	SIGN_WAIT_FAILED,	/* there is, but none */
	SIGN_WAIT_GONE,		/* the asker left before his turn */
	SIGN_WAIT_LOST		/* nobody was there to sign */
};

/* One request. Its memory is the asker's, until it is answered or given up. */
struct sign_wait {
	TAILQ_ENTRY(sign_wait) entry;
	enum sign_wait_state state;
	void *owner;			/* whatever the callbacks need */
	void (*answered)(struct sign_wait *);
	/* Asked before a request is sent that had to wait; NULL: never. */
	bool (*is_gone)(struct sign_wait *);
	struct sign_request ask;
	struct sign_reply reply;
};

TAILQ_HEAD(sign_line, sign_wait);

struct sign_queue {
	int channel;			/* -1: no signer */
	uint32_t number;		/* the next request's */
	struct sign_line line;
	struct sign_wait *sent[SIGN_QUEUE_FLIGHT];	/* NULL: given up */
	unsigned first, flying;		/* where they begin, how many */
	unsigned calls, most;		/* under way, and at once: see
					   async_call.h */
	bool busy;			/* one has begun lately */
	struct counters *counters;	/* borrowed; NULL: nobody counts */
};

/* Takes the channel over, or -1. */
void sign_queue_init(struct sign_queue *, int channel, struct counters *);

/* Nobody may be waiting any more. */
void sign_queue_clear(struct sign_queue *);

/* Takes a new channel over; requests sent by the old one are lost. */
void sign_queue_open(struct sign_queue *, int channel);

/* Fails at once (SIGN_WAIT_LOST, no callback) without a signer. */
void sign_queue_ask(struct sign_queue *, struct sign_wait *);

/* No callback follows, and a reply will be dropped. */
void sign_queue_give_up(struct sign_queue *, struct sign_wait *);

/*
 * Takes what replies there are, and sends what waits. False: the channel is
 * lost, and closed, and so is every request: the signer is gone, or said what
 * it was not asked.
 */
bool sign_queue_receive(struct sign_queue *);

#endif
