/*
 * os_daemon.h - going into the background, and telling the starter how it
 * went.
 *
 * The program that was started waits until its child has said whether it
 * serves, and exits with what the child says. So "offloader --daemon && ..."
 * means what it seems to, and sentences still reach the terminal.
 */
#ifndef OFFLOADER_OS_DAEMON_H
#define OFFLOADER_OS_DAEMON_H

#include "base/err.h"

/*
 * Forks. Only the child returns, in a session of its own, with a descriptor
 * for os_daemon_ready(). Children that are forked before that call must close
 * it, or the starter waits for them too. To be called before the pid file is
 * taken and anything else that belongs to one process. -1: a sentence.
 */
int os_daemonize(struct err *);

/*
 * Lets the starter exit with this status. If that is 0, standard input, output
 * and error become /dev/null first. Closes the descriptor; -1 is no daemon and
 * nothing happens. A child that ends without this call: the starter exits
 * with the child's status, or EX_SOFTWARE if that was 0 or a signal.
 */
void os_daemon_ready(int fd, int status);

/*
 * The same in two steps for a child that shuts itself into a folder between
 * them, where there is no /dev/null: opens it; makes it standard input, output
 * and error, and closes it. -1 is none and nothing happens.
 */
int os_terminal_substitute(void);
void os_leave_terminal(int null);

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
