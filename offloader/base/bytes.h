/*
 * bytes.h - numbers and blocks read from, and written to, bounded memory.
 *
 * A reader or writer that has run out of bytes stays so. The caller checks
 * once, at the end; until then the code reads like the format. Numbers are in
 * network order (big-endian).
 */
#ifndef OFFLOADER_BYTES_H
#define OFFLOADER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes_in {
	const uint8_t *at;	/* borrowed; the next byte */
	size_t left;
	bool bad;		/* more was read than there is */
};

struct bytes_out {
	uint8_t *at;		/* borrowed; the first byte */
	size_t len, size;
	bool full;		/* more was written than fits: of no use */
};

/* The next n bytes, borrowed. NULL: fewer are left, and the reader is bad. */
const uint8_t *bytes_take(struct bytes_in *, size_t n);

/* A number of 1 to 8 bytes. 0 if fewer are left. */
uint64_t bytes_number(struct bytes_in *, size_t n);

/* Copies n bytes out. Copies nothing if fewer are left. */
void bytes_copy(struct bytes_in *, void *to, size_t n);

/* The block behind a length of so many bytes. An empty bad one if cut short. */
struct bytes_in bytes_block(struct bytes_in *, size_t length_bytes);

/* True if all was read, and nothing beyond the end. */
bool bytes_done(const struct bytes_in *);

/* Append. A number is cut to its lowest n bytes. */
void bytes_put(struct bytes_out *, const void *, size_t n);
void bytes_put_number(struct bytes_out *, uint64_t, size_t n);

/*
 * Leaves room for a length of so many bytes; returns where the block begins.
 * bytes_end_block() writes the length. A block that is too long for its length
 * makes the writer full.
 */
size_t bytes_begin_block(struct bytes_out *, size_t length_bytes);
void bytes_end_block(struct bytes_out *, size_t begin, size_t length_bytes);

#endif
