/*
 * conn_log.h - one line for each connection, when it has ended.
 */
#ifndef OFFLOADER_CONN_LOG_H
#define OFFLOADER_CONN_LOG_H

struct conn;

/* Who, how and how much, at log-level 2. What a client wrote is escaped. */
void conn_log(const struct conn *);

#endif
