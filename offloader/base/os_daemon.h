/*
 * os_daemon.h - runs in the background, and reports the start to the starter;
 * pid files.
 *
 * The program that was started waits until its child has reported whether it
 * serves, and exits with the status that the child reports. So a script can
 * rely on "offloader --daemon && ...", and error messages reach the terminal.
 */
#ifndef OFFLOADER_OS_DAEMON_H
#define OFFLOADER_OS_DAEMON_H

#include "base/err.h"

/*
 * Forks. Only the child returns, in a session of its own, with a descriptor
 * for os_daemon_ready(). Children that are forked before that call must close
 * it, or the starter waits for them too. To be called before the pid file or
 * anything else that belongs to one process. -1: an error message.
 */
int os_daemonize(struct err *);

/*
 * Lets the starter exit with this status. If that is 0, standard input, output
 * and error become /dev/null first. Closes the descriptor; does nothing if it
 * is -1. If a child ends without this call, the starter exits with the child's
 * status, or EX_SOFTWARE if that was 0 or a signal.
 */
void os_daemon_ready(int fd, int status);

/*
 * The same in two steps, for a child that calls chroot() between them and has
 * no /dev/null afterwards. The first opens it; the second makes it standard
 * input, output and error, and closes it, or does nothing if it is -1.
 */
int os_terminal_substitute(void);
void os_leave_terminal(int null);

/*
 * Opens or makes the file and locks it as long as this process lives; the lock
 * is not inherited by children. Returns a descriptor for the calls below;
 * closing it also ends the lock. -1: an error message: another offloader runs,
 * or the file cannot be written.
 */
int os_pidfile_take(const char *path, struct err *);

/* Writes our process id into it. -1: an error message. */
int os_pidfile_write(int fd, const char *path, struct err *);

/* Ends the lock, so that another process can take it. Call remove as well. */
void os_pidfile_yield(int fd);

/*
 * Removes the file if this process wrote it and it still is the same file, and
 * closes the descriptor. Does nothing if the descriptor is -1.
 */
void os_pidfile_remove(int fd, const char *path);

#endif
