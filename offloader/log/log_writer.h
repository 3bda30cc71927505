/*
 * log_writer.h - writes lines to a descriptor without blocking.
 *
 * A line that is not taken at once is lost, and counted. The flags of a
 * descriptor are not changed: other processes share them.
 */
#ifndef OFFLOADER_LOG_WRITER_H
#define OFFLOADER_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>

struct log_writer {
	int fd;			/* -1: none */
	bool borrowed;		/* not ours to close */
	bool socket, may_wait;	/* private: what it is */
	bool torn;		/* the last line was written in part */
	unsigned long long lost;	/* lines, since the last success */
};

/* Closes the old descriptor and takes over a new one or -1; keeps lost. */
void log_writer_take(struct log_writer *, int fd);

/* The same with a descriptor that is not ours to close. */
void log_writer_borrow(struct log_writer *, int fd);

/*
 * Takes over a descriptor that other processes share, and opens the file again
 * if possible: without that a pipe that others fill may still block us.
 */
void log_writer_share(struct log_writer *, int fd);

/* Writes a whole line, newline included. False: it is lost. */
bool log_writer_put(struct log_writer *, const char *line, size_t len);

/*
 * A datagram socket connected to syslog; the caller closes it. -1: errno.
 */
int syslog_socket(void);

#endif
