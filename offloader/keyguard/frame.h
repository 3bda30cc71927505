/*
 * frame.h - messages between the master and the keyguard: how they travel.
 *
 * Over a stream: a word, a length of four bytes, and that many. The two trust
 * each other as far as they must, and check every length all the same.
 */
#ifndef OFFLOADER_FRAME_H
#define OFFLOADER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_FRAME_MAX	(9u << 20)	/* bytes; a PEM file has 8 MB at most */

/* A message, its words one after the other. All zero: an empty one. */
struct frame {
	uint8_t word;		/* see message.h */
	unsigned char *body;
	size_t len, room;
	size_t at;		/* what has been taken of it */
	bool bad;		/* more was taken than there is, or no memory */
	int fd;			/* that came with it, or -1 */
};

/* Sends all of it, and a descriptor or -1. -1: errno. */
int frame_send(int channel, const struct frame *, int fd);

/*
 * Receives the next, in the memory of the last. The descriptor is the
 * caller's. 1: it is there. 0: the end. -1: errno; EBADMSG: it is too long.
 */
int frame_receive(int channel, struct frame *);

/* Begins one of this word, in the memory of the last. */
void frame_begin(struct frame *, uint8_t word);
void frame_clear(struct frame *);	/* overwrites it */

/* Append. A text may be NULL; bytes have their length before them. */
void frame_put8(struct frame *, uint8_t);
void frame_put32(struct frame *, uint32_t);
void frame_put64(struct frame *, uint64_t);
void frame_put_bytes(struct frame *, const void *, size_t);
void frame_put_text(struct frame *, const char *);

/*
 * Take the next, borrowed until the frame is begun or received anew. What is
 * not there, or longer than max, is nothing, and the frame is bad.
 */
uint8_t frame_get8(struct frame *);
uint32_t frame_get32(struct frame *);
uint64_t frame_get64(struct frame *);
const unsigned char *frame_get_bytes(struct frame *, size_t max,
    size_t *len);
const char *frame_get_text(struct frame *);

/* Whether everything was taken, and was there. */
bool key_get_end(const struct frame *);

#endif
