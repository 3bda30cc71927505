/*
 * stats_json.h - every statistic of the stats, as JSON.
 */
#ifndef OFFLOADER_STATS_JSON_H
#define OFFLOADER_STATS_JSON_H

#include <stdio.h>

#include "stats/stats.h"

/*
 * An array with an object for each row: its name, kind, help and samples. Only
 * handshakes that there have been are among them. view is overwritten.
 */
void stats_json(const struct stats *, struct stats_view *, FILE *);

#endif
