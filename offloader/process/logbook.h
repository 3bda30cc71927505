/*
 * logbook.h - the log of the master and of all its workers.
 */
#ifndef OFFLOADER_LOGBOOK_H
#define OFFLOADER_LOGBOOK_H

#include "process/succession.h"

/* Opens it as a configuration wants it, for us and who is forked from now. */
int logbook_open(const struct conf *, struct err *);

/*
 * Gives our file to all workers, old ones too: they cannot open it themselves,
 * once they are who they should be.
 */
void logbook_share(struct succession *);

/* Opens the file anew for all, as the newest generation wants it. */
void logbook_reopen(struct succession *);

#endif
