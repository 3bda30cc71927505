/*
 * snapshot.h - what only the master knows, for those who tell others of it.
 *
 * It is in shared memory: the master writes, whoever was forked from it reads,
 * and neither waits for the other.
 */
#ifndef OFFLOADER_SNAPSHOT_H
#define OFFLOADER_SNAPSHOT_H

#include <stdint.h>

#include "base/slot.h"
#include "process/result.h"

#define NOTICE_WORKERS	256	/* that are named; all are counted */
#define NOTICE_WORD	12	/* bytes of a state */

struct notice_worker {
	uint32_t generation, number;
	int32_t pid;			/* 0: it has ended */
	char state[NOTICE_WORD];	/* see report_worker_state() */
};

/* One turn of a reload or an upgrade, but for its sentence. */
struct notice_outcome {
	int64_t when;
	uint32_t kind;			/* enum outcome_kind */
	uint32_t generation;
};

struct notice_head {
	char state[NOTICE_WORD];	/* see report_state() */
	char version[32];
	int64_t started;
	int32_t pid;
	uint32_t generation;		/* that serves; 0: none does yet */
	uint32_t workers, ready;	/* of it: all, and who are up */
	uint32_t old;			/* generations that are leaving */
	uint32_t named;			/* workers that are told, of all */
	uint32_t reloads, failed;	/* that settled, and that failed */
	struct notice_outcome reload, upgrade;
};

/* What a reader gets. */
struct notice_view {
	struct notice_head head;
	char reload[SLOT_SIZE], upgrade[SLOT_SIZE];	/* their sentences */
	struct notice_worker worker[NOTICE_WORKERS];
};

struct notice;
struct report;

struct notice *notice_new(void);	/* NULL: no memory */
void notice_free(struct notice *);

/* Writes what is new. */
void notice_write(struct notice *, const struct report *);

/* False: nothing was written yet, or it kept changing. */
bool notice_read(const struct notice *, struct notice_view *);

/* Whether somebody lets clients in. */
bool notice_serves(const struct notice_view *);

#endif
