/*
 * snapshot.h - the state of the master, in shared memory for the reporter.
 *
 * The master writes, processes forked from it read, and neither waits for the
 * other.
 */
#ifndef OFFLOADER_SNAPSHOT_H
#define OFFLOADER_SNAPSHOT_H

#include <stdint.h>
#include <time.h>

#include "base/slot.h"

/* How the last reload or upgrade went; kept by the master. */
enum result_kind {
	RESULT_NONE,		/* not yet */
	RESULT_DONE,
	RESULT_FAILED
};

struct result {
	unsigned begun;		/* how many there were; */
	unsigned settled;	/* one less than begun during one */
	unsigned failed;	/* of those that settled */
	enum result_kind kind;	/* from here on: of the last that settled */
	time_t when;
	unsigned generation;	/* that served afterwards */
	char sentence[512];	/* the error, "FILE:LINE: ..."; or "" */
};

/* One begins; it has ended. why is NULL if it succeeded. */
void result_begin(struct result *);
void result_settle(struct result *, unsigned generation, const char *why);

const char *result_word(const struct result *);

#define SNAPSHOT_WORKERS	256	/* that are named; all are counted */
#define SNAPSHOT_WORD	12	/* bytes of a state */

struct snapshot_worker {
	uint32_t generation, number;
	int32_t pid;			/* 0: it has ended */
	char state[SNAPSHOT_WORD];	/* see status_worker_state() */
};

/* One turn of a reload or an upgrade, but for its sentence. */
struct snapshot_result {
	int64_t when;
	uint32_t kind;			/* enum result_kind */
	uint32_t generation;
};

struct snapshot_head {
	char state[SNAPSHOT_WORD];	/* see status_state() */
	char version[32];
	int64_t started;
	int32_t pid;
	uint32_t generation;		/* that serves; 0: none does yet */
	uint32_t workers, ready;	/* of it: all, and those that accept */
	uint32_t old;			/* generations that are leaving */
	uint32_t named;			/* workers in the list, of all */
	uint32_t reloads, failed;	/* that settled, and that failed */
	struct snapshot_result reload, upgrade;
};

/* What a reader gets. */
struct snapshot_view {
	struct snapshot_head head;
	char reload[SLOT_SIZE], upgrade[SLOT_SIZE];	/* their sentences */
	struct snapshot_worker worker[SNAPSHOT_WORKERS];
};

struct snapshot;

struct snapshot *snapshot_new(void);	/* NULL: no memory */
void snapshot_free(struct snapshot *);

/* Writes what has changed. Bytes the caller does not set must be zero. */
void snapshot_write(struct snapshot *, const struct snapshot_view *);

/* False: nothing was written yet, or it kept changing. */
bool snapshot_read(const struct snapshot *, struct snapshot_view *);

/* True if clients are accepted. */
bool snapshot_serves(const struct snapshot_view *);

#endif
