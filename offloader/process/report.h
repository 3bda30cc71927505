/*
 * report.h - what there is to say of a master: to people and to programs.
 */
#ifndef OFFLOADER_REPORT_H
#define OFFLOADER_REPORT_H

#include <stdio.h>

#include "process/outcome.h"
#include "process/succession.h"

struct report {
	const char *version;
	time_t started;
	bool upgrading;
	const struct succession *succession;
	const struct outcome *reload, *upgrade;
};

/* In one line, without its end. Returns out. */
char *report_line(const struct report *, char *out, size_t size);

void report_status(const struct report *, bool json, FILE *);
void report_workers(const struct report *, bool json, FILE *);

/* One outcome alone, as an object. */
void report_outcome(const struct outcome *, FILE *);

/* A JSON string; what is no UTF-8 in it is written as \xHH. */
void report_string(const char *, FILE *);

#endif
