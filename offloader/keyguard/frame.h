/*
 * frame.h - sends, receives and encodes messages of master and keyguard.
 *
 * On a stream: a type of one byte, a length of four bytes, and the body. Both
 * sides check every length.
 */
#ifndef OFFLOADER_FRAME_H
#define OFFLOADER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_FRAME_MAX	(9u << 20)	/* bytes; a PEM file has 8 MB at most */

/* A message. All zero: an empty one. */
struct frame {
	uint8_t type;		/* see message.h */
	unsigned char *body;
	size_t len, room;
	size_t at;		/* the next byte to read */
	bool bad;		/* truncated or malformed, or out of memory */
	int fd;			/* received with it; or -1 */
};

/* Sends all of it, with a descriptor or -1. -1: errno. */
int frame_send(int channel, const struct frame *, int fd);

/*
 * Receives the next one into the same memory. The caller owns the descriptor.
 * Returns 1; 0 at the end of the stream; or -1, errno is EBADMSG if it is too
 * long or cut short.
 */
int frame_receive(int channel, struct frame *);

/* Begins one of this type in the same memory. */
void frame_begin(struct frame *, uint8_t type);
void frame_clear(struct frame *);	/* erases it */

/* Append. A text may be NULL; bytes have their length before them. */
void frame_put8(struct frame *, uint8_t);
void frame_put32(struct frame *, uint32_t);
void frame_put64(struct frame *, uint64_t);
void frame_put_bytes(struct frame *, const void *, size_t);
void frame_put_text(struct frame *, const char *);

/*
 * Read the next value. Bytes and texts are borrowed until the next message. A
 * value that is missing or longer than max is 0 or NULL, and makes the frame
 * bad.
 */
uint8_t frame_get8(struct frame *);
uint32_t frame_get32(struct frame *);
uint64_t frame_get64(struct frame *);
const unsigned char *frame_get_bytes(struct frame *, size_t max,
    size_t *len);
const char *frame_get_text(struct frame *);

/* True if the frame is good and was read to its end. */
bool frame_done(const struct frame *);

#endif
