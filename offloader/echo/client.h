/*
 * client.h - one connection, from its PROXY header to its last answer.
 */
#ifndef OFFLOADER_ECHO_CLIENT_H
#define OFFLOADER_ECHO_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

#include "base/addr.h"
#include "echo/request.h"

struct client;

/* All there are, so that they can be ended with the program. */
struct clients {
	struct client *first;
};

/*
 * Serves a connection until it ends; the descriptor becomes the client's.
 * False: out of memory, and the descriptor is closed.
 */
bool client_new(struct ev_loop *, struct clients *, int fd,
    const union addr *peer);

void clients_end(struct ev_loop *, struct clients *);

/*
 * The bytes to be sent for a request; the body is HTML if it asked for that
 * and the status is 200. Stores the length; the caller frees them. NULL: out
 * of memory.
 */
char *answer_new(const struct request *, int status, const char *body,
    size_t body_len, size_t *len);

#endif
