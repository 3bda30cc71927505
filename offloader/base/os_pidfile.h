/*
 * os_pidfile.h - a file with our process id, held by one process at a time.
 */
#ifndef OFFLOADER_OS_PIDFILE_H
#define OFFLOADER_OS_PIDFILE_H

#include "base/err.h"

/*
 * Opens or makes the file and locks it as long as this process lives; the lock
 * does not pass to children. Returns a descriptor for the calls below, whose
 * closing also ends the lock. -1: a sentence; another one runs, or the file
 * cannot be written.
 */
int os_pidfile_take(const char *path, struct err *);

/* Writes our process id into it. -1: a sentence. */
int os_pidfile_write(int fd, const char *path, struct err *);

/* Lets another process take it; os_pidfile_remove() is still to be called. */
void os_pidfile_yield(int fd);

/*
 * Removes the file, if it is this process that wrote it and it still is the
 * same file; closes the descriptor. -1 is no pid file and nothing happens.
 */
void os_pidfile_remove(int fd, const char *path);

#endif
