/*
 * conn_count.h - what a connection adds to the stats. For conn*.c only.
 */
#ifndef OFFLOADER_CONN_COUNT_H
#define OFFLOADER_CONN_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;

/* What of a connection has been counted, and since when something lasts. */
struct conn_counted {
	double begun;			/* its handshake; 0: it has not */
	double dialed;			/* the backend, first; 0: not yet */
	bool connected;			/* to it */
	uint64_t in, out;		/* bytes */
	size_t refused;			/* addresses that did not take us */
	unsigned left_out;		/* TLVs of its header */
};

void conn_count_begin(struct conn *);
void conn_count_end(struct conn *);

/* A handshake begins; it is finished. */
void conn_count_hello(struct conn *);
void conn_count_handshake(struct conn *);

/* The next address is to be tried; one has been reached; none was. */
void conn_count_dial(struct conn *);
void conn_count_connect(struct conn *);
void conn_count_refused(struct conn *);

/* Bytes have moved. */
void conn_count_bytes(struct conn *);

#endif
