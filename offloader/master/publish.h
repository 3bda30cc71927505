/*
 * publish.h - tells others how the master is: status, snapshot, counters.
 */
#ifndef OFFLOADER_PUBLISH_H
#define OFFLOADER_PUBLISH_H

#include "master/master_parts.h"

/* The status, for commands and the functions below. */
struct master_status master_status_of(const struct master *);

/* Writes the snapshot for the reporter, if something has changed. */
void master_publish(struct master *);

/* The status in one line, for the supervisor. Returns out. */
#define MASTER_LINE	768
char *master_line(const struct master *, char out[MASTER_LINE]);

/* Opens the statistics: those that were handed over, or new ones. -1: errno. */
int master_open_stats(struct master *);

/*
 * The next master reports its own gauges from now on. What this one still
 * counts goes to another slot.
 */
void master_yield_stats(struct master *);

/* Counts a generation that serves now; a reload that has ended. */
void master_count_generation(struct master *);
void master_count_reload(struct master *, bool ok);

#endif
