/*
 * status.h - the status of the master: as text, as JSON, as a snapshot.
 */
#ifndef OFFLOADER_STATUS_H
#define OFFLOADER_STATUS_H

#include <stdio.h>

#include "master/generations.h"
#include "reporter/snapshot.h"

struct master_status {
	const char *version;
	time_t started;
	bool upgrading;
	const struct generations *generations;
	const struct result *reload, *upgrade;
};

/* "serving", "draining" and so on: all of it, and one worker. */
const char *status_state(const struct master_status *);
const char *status_worker_state(const struct generations *,
    const struct generation *, const struct proc *);

/* The number of workers that serve, and of generations that drain. */
size_t status_running(const struct generation *);
unsigned status_old(const struct generations *);

/* In one line, without its end. Returns out. */
char *status_line(const struct master_status *, char *out, size_t size);

void status_write(const struct master_status *, bool json, FILE *);
void status_workers(const struct master_status *, bool json, FILE *);

/* One result alone, as a JSON object. */
void status_result(const struct result *, FILE *);

/* For the reporter. Unused bytes are zero. */
void status_snapshot(const struct master_status *, struct snapshot_view *);

#endif
