/*
 * pages.h - the pages of the reporter, and which requests get one.
 */
#ifndef OFFLOADER_PAGES_H
#define OFFLOADER_PAGES_H

#include <stddef.h>

#include "reporter/http.h"
#include "reporter/snapshot.h"
#include "reporter/status_json.h"
#include "stats/stats.h"

/* All borrowed. */
struct pages_source {
	const struct snapshot *snapshot;
	const struct cert_load *load;
	const struct stats *stats;	/* NULL: nothing is counted */
	const char *name;		/* stats-listen as configured */
};

struct pages {
	struct pages_source from;
	struct stats_view *view;
	struct cert_list certs;
	char policy[384];		/* of the status page */
};

/* -1: out of memory. */
int pages_init(struct pages *, const struct pages_source *);
void pages_clear(struct pages *);

/* pages is a struct pages. */
http_answer pages_answer;

extern const char status_page[];	/* with a NUL behind it */
extern const size_t status_page_size;

#endif
