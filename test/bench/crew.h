/*
 * crew.h - the clients of one run, and the loop that keeps them busy.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "tally.h"

struct crew {
	const struct plan *plan;	/* borrowed */
	struct client *clients;
	size_t n;
	size_t busy;		/* clients in the middle of a unit */
	uint64_t left;		/* units that nobody has begun */
	int64_t pause;		/* us, from a reply to the next request */
	int ep;
	struct tally tally;
};

/* Exits if there is not even memory to begin. */
void crew_init(struct crew *, const struct plan *, size_t n);

/* Opens all connections, in bounded time; the tally counts each as a unit. */
void crew_open(struct crew *);

/* Does `count` units, or as many as fit. Ends soon after `seconds`. */
void crew_work(struct crew *, uint64_t count, double seconds);

/* How many connections the server has not ended. */
size_t crew_alive(const struct crew *);
void crew_free(struct crew *);

#endif
