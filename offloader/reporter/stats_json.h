/*
 * stats_json.h - every statistic, as JSON.
 */
#ifndef OFFLOADER_STATS_JSON_H
#define OFFLOADER_STATS_JSON_H

#include "log/json.h"
#include "stats/stats.h"

/*
 * An array of this name with an object for each row: its name, kind, help and
 * samples. Only handshakes that there have been are among them. Without
 * statistics (NULL) it is empty. view is overwritten.
 */
void stats_json(struct json *, const char *name, const struct stats *,
    struct stats_view *);

#endif
