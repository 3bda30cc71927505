/*
 * sign_queue.h - a worker's end of the channel to its signer.
 *
 * Requests wait in a line; a few are with the signer at a time, so that one
 * whose client left before its turn costs no signature. Whoever asks is told by
 * a callback, which only notes it: the desk is in the middle of something.
 */
#ifndef OFFLOADER_SIGN_QUEUE_H
#define OFFLOADER_SIGN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "signing/sign_request.h"
#include "stats/counters.h"

#define KEY_DESK_FLIGHT	32	/* requests that are with the signer */

/*
 * The same if the next one takes long, as RSA does: where both have one core,
 * a light request waits until the signer has nothing more to do. One less, and
 * it would have nothing to do where each has its own.
 */
#define KEY_DESK_SLOW	2

enum key_wait_state {
	KEY_WAIT_IDLE,		/* nowhere: not begun, or given up */
	KEY_WAIT_LINE,		/* not sent yet */
	KEY_WAIT_SENT,
	KEY_WAIT_SIGNED,	/* the reply is there, and a signature in it */
	KEY_WAIT_FAILED,	/* there is, but none */
	KEY_WAIT_GONE,		/* the asker left before his turn */
	KEY_WAIT_LOST		/* nobody was there to sign */
};

/* One request. Its memory is the asker's, until it is answered or given up. */
struct key_wait {
	TAILQ_ENTRY(key_wait) entry;
	enum key_wait_state state;
	void *owner;			/* whatever the callbacks need */
	void (*answered)(struct key_wait *);
	/* Asked before a request is sent that had to wait; NULL: never. */
	bool (*is_gone)(struct key_wait *);
	struct key_ask ask;
	struct key_reply reply;
};

TAILQ_HEAD(key_line, key_wait);

struct key_desk {
	int channel;			/* -1: nobody is there to sign */
	uint32_t number;		/* the next request's */
	struct key_line line;
	struct key_wait *sent[KEY_DESK_FLIGHT];	/* NULL: given up */
	unsigned first, flying;		/* where they begin, how many */
	unsigned calls, most;		/* under way, and at once: see
					   async_call.h */
	bool busy;			/* one has begun lately */
	struct tally *tally;		/* borrowed; NULL: nobody counts */
};

/* Takes the channel over, or -1. */
void key_desk_init(struct key_desk *, int channel, struct tally *);

/* Nobody may be waiting any more. */
void key_desk_clear(struct key_desk *);

/* Takes a new channel over; those whose requests went by the old one lose. */
void key_desk_open(struct key_desk *, int channel);

/* Fails at once (KEY_WAIT_LOST, no callback) if nobody is there to sign. */
void key_desk_ask(struct key_desk *, struct key_wait *);

/* No callback follows, and a reply will be dropped. */
void key_desk_give_up(struct key_desk *, struct key_wait *);

/*
 * Takes what replies there are, and sends what waits. False: the channel is
 * lost, and closed, and so is every request: the signer is gone, or said what
 * it was not asked.
 */
bool key_desk_receive(struct key_desk *);

#endif
