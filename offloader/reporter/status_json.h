/*
 * status_json.h - what there is to see, for programs and for the status page.
 *
 * Its fields are documented in offloader(8), and stay.
 */
#ifndef OFFLOADER_STATUS_JSON_H
#define OFFLOADER_STATUS_JSON_H

#include <stdio.h>
#include <time.h>

#include "cert/cert_store.h"
#include "log/json.h"
#include "reporter/snapshot.h"
#include "stats/stats.h"

/* Certificates in the order of their expiry. */
struct cert_list {
	const struct cert **cert;	/* borrowed; the next to expire first */
	size_t n;
};

/* All that a load was given. -1: out of memory. */
int cert_list_make(struct cert_list *, const struct cert_load *);
void cert_list_free(struct cert_list *);

/* How many of them expire before that time. */
size_t cert_list_until(const struct cert_list *, time_t);

/*
 * One page of them, as an object of this name: those whose file or one of
 * their names has this text in it ("": all); count of them, from the from-th.
 */
void cert_list_json(struct json *, const char *name, const struct cert_list *,
    const char *text, size_t from, size_t count);

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
