/*
 * status_json.h - what there is to see, for programs and for the status page.
 *
 * Its fields are documented in offloader(8), and stay.
 */
#ifndef OFFLOADER_STATUS_JSON_H
#define OFFLOADER_STATUS_JSON_H

#include <stdio.h>
#include <time.h>

#include "log/json.h"
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

/*
 * An array of this name with an object for each row: its name, kind, help and
 * samples. Only handshakes that there have been are among them. Without
 * statistics (NULL) it is empty. view is overwritten.
 */
void stats_json(struct json *, const char *name, const struct stats *,
    struct stats_view *);

#endif
