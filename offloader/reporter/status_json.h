/*
 * status_json.h - what there is to see, for programs and for the status page.
 *
 * Its fields are documented in offloader(8), and stay.
 */
#ifndef OFFLOADER_STATUS_JSON_H
#define OFFLOADER_STATUS_JSON_H

#include <stdio.h>
#include <time.h>

#include "reporter/cert_list.h"
#include "reporter/snapshot.h"
#include "stats/stats.h"

struct status_source {
	const struct snapshot_view *snapshot;
	const struct cert_list *certs;
	const struct stats *stats;	/* NULL: nothing is counted */
	struct stats_view *view;	/* for what is read of it */
	struct timespec now;
};

void status_json(const struct status_source *, FILE *);

#endif
