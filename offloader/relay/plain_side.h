/*
 * plain_side.h - a socket as a side: the backend's end of a connection.
 */
#ifndef OFFLOADER_PLAIN_SIDE_H
#define OFFLOADER_PLAIN_SIDE_H

#include "relay/outqueue.h"
#include "relay/side.h"

struct plain_side {
	struct side side;
	struct outqueue out;
};

/* The socket must not block. It may still be connecting: writes wait. */
void plain_side_init(struct plain_side *, struct pool *, int fd);

/*
 * One send() for what is at hand, the rest behind: what both kinds of side do
 * with bytes that are ready for the wire. The flags are send()'s. IO_OK or
 * IO_ERROR.
 */
enum io plain_push(struct side *, struct outqueue *, int fd, const void *,
    size_t, int flags);

/* Whether the kernel would take a scratch full of bytes now. */
bool plain_has_room(int fd);

/* And the flush of both kinds. IO_OK: all is sent. */
enum io plain_catch_up(struct side *, struct outqueue *, int fd);

#endif
