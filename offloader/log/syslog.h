/*
 * syslog.h - the way to the system's log, without libc, which waits.
 */
#ifndef OFFLOADER_SYSLOG_H
#define OFFLOADER_SYSLOG_H

/*
 * A socket that takes one line in each message, and does not wait to be taken
 * note of; the caller closes it. -1: errno.
 */
int syslog_socket(void);

#endif
