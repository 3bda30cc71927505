/*
 * access_log.h - one line for each connection, when it has ended.
 */
#ifndef OFFLOADER_ACCESS_LOG_H
#define OFFLOADER_ACCESS_LOG_H

struct conn;

/*
 * Who, how and how much, if the log is to have it. Those that did not come to
 * a session are many on some days: they are summarised.
 */
void access_log(const struct conn *);

#endif
