/*
 * client.h - one client of the bench: a connection and what is asked on it.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

#define CLIENT_HEAD_MAX	512

enum client_state {
	CLIENT_CLOSED,
	CLIENT_HANDSHAKE,
	CLIENT_SEND,
	CLIENT_RECEIVE,
	CLIENT_EOF,		/* has its reply, and waits for the end */
	CLIENT_REST		/* open, with nothing under way */
};

enum client_result {
	CLIENT_WANTS_READ,
	CLIENT_WANTS_WRITE,
	CLIENT_READY,		/* handshake done, request answered */
	CLIENT_FAILED
};

struct client {
	enum client_state state;
	int fd;
	SSL *ssl;
	bool writing;		/* what epoll was told to watch for */
	bool reused;		/* the session was a resumed one */
	int64_t began;		/* when this unit did */
	int64_t due;		/* when the next one may */
	uint64_t sent;		/* of the request and its upload */
	uint64_t got, wanted;	/* of the reply's body */
	bool headed;		/* so wanted is known */
	size_t have;
	char head[CLIENT_HEAD_MAX];
};

/* Begins to connect; client_run() until it is READY. */
bool client_open(struct client *, const struct plan *);

/* Puts a request on its way: client_run() until it is READY. */
void client_ask(struct client *);
enum client_result client_run(struct client *, const struct plan *);

/* For a client at rest that the server has something to say to. */
enum client_result client_hear(struct client *);

/* Says goodbye if it can. Closing twice is harmless. */
void client_close(struct client *);

#endif
