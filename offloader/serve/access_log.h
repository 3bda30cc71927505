/*
 * access_log.h - one line for each connection, when it has ended.
 */
#ifndef OFFLOADER_ACCESS_LOG_H
#define OFFLOADER_ACCESS_LOG_H

struct conn;
struct conn_state_row;

/*
 * Logs a connection that ended, if the access log is on. On some days many fail
 * before their handshake is finished: most of these are only counted.
 */
void access_log(const struct conn *, const struct conn_state_row *states);

#endif
