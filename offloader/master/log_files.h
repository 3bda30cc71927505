/*
 * log_files.h - opens the log files and gives them to all processes.
 */
#ifndef OFFLOADER_LOG_FILES_H
#define OFFLOADER_LOG_FILES_H

#include "master/master_parts.h"

/* Opens what a configuration names, for the master and later children. */
int log_files_open(const struct conf *, struct err *);

/*
 * Gives the files to all children, of old generations too: they cannot open
 * them once they are unprivileged.
 */
void log_files_share(struct master *);

/* Opens the files of the newest generation again, and shares them. */
void log_files_reopen(struct master *);

/*
 * After syslog was restarted: connects to it again, for all processes. Nothing
 * happens if it cannot be reached, or if this was tried a moment ago.
 */
void log_files_reconnect(struct master *);

#endif
