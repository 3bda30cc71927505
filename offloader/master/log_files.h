/*
 * log_files.h - the log of the master and of all its workers.
 */
#ifndef OFFLOADER_LOG_FILES_H
#define OFFLOADER_LOG_FILES_H

#include "master/generations.h"

/* Opens it as a configuration wants it, for us and who is forked from now. */
int log_files_open(const struct conf *, struct err *);

/*
 * Gives our files to all workers, old ones too: they cannot open them
 * themselves, once they are who they should be.
 */
void log_files_share(struct generations *);

/* Opens the files anew, as the newest generation wants them. */
void log_files_reopen(struct generations *);

/*
 * Syslog was started anew: finds the way to it for all workers. False: it is
 * not there, or was asked for a moment before.
 */
bool log_files_mend(struct generations *);

#endif
