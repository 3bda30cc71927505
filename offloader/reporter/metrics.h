/*
 * metrics.h - the statistics, as Prometheus reads it (text format 0.0.4).
 *
 * No label has in it what a client chose: names of frontends and certificates
 * are the configuration's, all others are closed lists.
 */
#ifndef OFFLOADER_METRICS_H
#define OFFLOADER_METRICS_H

#include <stdio.h>

#include "cert/cert_store.h"
#include "stats/stats.h"

#define METRICS_TYPE	"text/plain; version=0.0.4; charset=utf-8"

struct metrics {
	const struct stats *stats;
	const struct cert_load *load;	/* whose certificates; or NULL */
	const char *version;		/* of the program */
};

/* All of it, each row with its help. -1: out of memory, and nothing. */
int metrics_write(const struct metrics *, FILE *);

#endif
