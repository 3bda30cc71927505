/*
 * log_writer.h - a descriptor that lines go to, and that never makes us wait.
 *
 * What it does not take at once is lost, and counted. The flags of a descriptor
 * that others share are left alone.
 */
#ifndef OFFLOADER_LOG_WRITER_H
#define OFFLOADER_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>

struct log_writer {
	int fd;			/* -1: none */
	bool borrowed;		/* somebody else closes it */
	bool socket, may_wait;	/* private: what it is */
	bool torn;		/* half a line stands at its end */
	unsigned long long lost;	/* lines, since one was taken */
};

/* What it had is closed; what it lost is still to be told. -1: none now. */
void log_writer_take(struct log_writer *, int fd);

/* The same with a descriptor that is not ours to close. */
void log_writer_borrow(struct log_writer *, int fd);

/*
 * Takes what somebody's descriptor is for, and opens a way of our own to it if
 * there is one: without that a pipe which others fill may still make us wait.
 */
void log_writer_share(struct log_writer *, int fd);

/* A whole line with its end. False: it is lost. */
bool log_writer_put(struct log_writer *, const char *line, size_t len);

/*
 * A socket that takes one line in each message, and does not wait to be taken
 * note of; the caller closes it. -1: errno.
 */
int syslog_socket(void);

#endif
