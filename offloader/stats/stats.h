/*
 * stats.h - counters in shared memory, which outlive whoever counts.
 *
 * Each process has a seat, with a tally that nobody else writes: to count is
 * to add, without a lock. What is read is the sum of all seats. A seat whose
 * process has ended keeps its counters, and the next one goes on from there:
 * nothing is ever moved, so that no reader can miss it or see it twice. Gauges
 * go with their process. The memory is handed from master to master; what is
 * in it is believed as far as it can do no harm.
 */
#ifndef OFFLOADER_STATS_H
#define OFFLOADER_STATS_H

#include <stdbool.h>
#include <sys/types.h>

#include "stats/counters.h"

#define BOARD_NAME	256	/* bytes of a frontend's name */
#define BOARD_SEATS	(sizeof(void *) > 4 ? 4096 : 256)

struct board;

/*
 * The board that fd holds, which it takes over; or a new one if fd is -1 or
 * has another layout (*fresh says so). It is zeroed, and shared with children.
 * NULL: errno.
 */
struct board *board_new(int fd, bool *fresh);

/* For the next program. -1: the system would not let us; it begins anew. */
int board_fd(const struct board *);
void board_free(struct board *);

/* In a child that may count and read, but is not to hand it over. */
void board_leave(struct board *);

/*
 * Takes a seat for this process. One is always there: if all are taken, it is
 * one that nobody reads, and the log says so.
 */
struct tally *board_sit(struct board *);

/* A process has ended: its gauges vanish, and its seat is free. */
void board_rise(struct board *, pid_t);

/*
 * The place of a frontend, by its name: 0, that of all others, if there have
 * been too many. For one process at a time.
 */
unsigned board_front(struct board *, const char *name);

/* A name out of it, by place. Returns out. */
char *board_front_name(const struct board *, unsigned place,
    char out[BOARD_NAME]);

/* Sums over all seats. */
struct board_view {
	uint64_t cell[BOARD_CELLS];
	uint64_t handshake[BOARD_CIPHERS][BOARD_GROUPS][BOARD_VERSIONS][2];
	unsigned n_fronts;
	uint64_t front[BOARD_FRONTS][BOARD_FRONT_CELLS];
};

/* Any process may, at any time. The view is large: not for the stack. */
void board_look(const struct board *, struct board_view *);

#endif
