/*
 * bytes.c - numbers and blocks read from, and written to, bounded memory.
 */
#include <string.h>

#include "base/bytes.h"

const uint8_t *
bytes_take(struct bytes_in *in, size_t n)
{
	const uint8_t *at = in->at;

	if (in->bad || n > in->left) {
		in->bad = true;
		return NULL;
	}
	/* Not NULL + 0: an empty block may have no memory. */
	if (n > 0)
		in->at += n;
	in->left -= n;
	return at;
}

uint64_t
bytes_number(struct bytes_in *in, size_t n)
{
	const uint8_t *at = bytes_take(in, n);
	uint64_t value = 0;

	for (size_t i = 0; at != NULL && i < n; i++)
		value = value << 8 | at[i];
	return value;
}

void
bytes_copy(struct bytes_in *in, void *to, size_t n)
{
	const uint8_t *at = bytes_take(in, n);

	if (at != NULL && n > 0)
		memcpy(to, at, n);
}

struct bytes_in
bytes_block(struct bytes_in *in, size_t length_bytes)
{
	size_t n = bytes_number(in, length_bytes);
	const uint8_t *at = bytes_take(in, n);

	return (struct bytes_in){ at, in->bad ? 0 : n, in->bad };
}

bool
bytes_done(const struct bytes_in *in)
{
	return !in->bad && in->left == 0;
}

void
bytes_put(struct bytes_out *out, const void *bytes, size_t n)
{
	if (out->full || n > out->size - out->len) {
		out->full = true;
		return;
	}
	if (n > 0)
		memcpy(out->at + out->len, bytes, n);
	out->len += n;
}

void
bytes_put_number(struct bytes_out *out, uint64_t value, size_t n)
{
	while (n-- > 0)
		bytes_put(out, &(uint8_t){ (uint8_t)(value >> 8 * n) }, 1);
}

size_t
bytes_begin_block(struct bytes_out *out, size_t length_bytes)
{
	bytes_put_number(out, 0, length_bytes);
	return out->len;
}

void
bytes_end_block(struct bytes_out *out, size_t begin, size_t length_bytes)
{
	struct bytes_out length;
	size_t n = out->len - begin;

	if (out->full || (uint64_t)n >> 8 * length_bytes != 0) {
		out->full = true;
		return;
	}
	length = (struct bytes_out){ .at = out->at + begin - length_bytes,
	    .size = length_bytes };
	bytes_put_number(&length, n, length_bytes);
}
