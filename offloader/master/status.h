/*
 * status.h - what there is to say of a master: to people and to programs.
 */
#ifndef OFFLOADER_STATUS_H
#define OFFLOADER_STATUS_H

#include <stdio.h>

#include "master/generations.h"
#include "process/result.h"

struct report {
	const char *version;
	time_t started;
	bool upgrading;
	const struct succession *succession;
	const struct outcome *reload, *upgrade;
};

/* "serving", "draining" and so on: all of it, and one worker. */
const char *report_state(const struct report *);
const char *report_worker_state(const struct succession *,
    const struct generation *, const struct proc *);

/* How many workers of it let clients in; how many generations are leaving. */
size_t report_running(const struct generation *);
unsigned report_old(const struct succession *);

/* In one line, without its end. Returns out. */
char *report_line(const struct report *, char *out, size_t size);

void report_status(const struct report *, bool json, FILE *);
void report_workers(const struct report *, bool json, FILE *);

/* One outcome alone, as an object. */
void report_outcome(const struct outcome *, FILE *);

/* A JSON string; what is no UTF-8 in it is written as \xHH. */
void report_string(const char *, FILE *);

#endif
