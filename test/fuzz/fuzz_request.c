/*
 * fuzz_request.c - requests mean the same in one piece and in many.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "echo/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* All that a server would do next, as one number. */
static unsigned
outcome(const struct request *r, enum request_result result)
{
	return (unsigned)result | (unsigned)r->head_only << 2 |
	    (unsigned)r->html << 3 | (unsigned)r->close << 4 |
	    (unsigned)r->status << 5;
}

/* Reads in pieces of at most "piece" bytes; returns a sum of what came. */
static unsigned
read_all(const char *bytes, size_t len, size_t piece, size_t *end)
{
	struct request *r = calloc(1, sizeof *r);
	unsigned sum = 0;
	size_t used;

	assert(r != NULL);
	for (*end = 0; *end < len; *end += used) {
		size_t n = len - *end < piece ? len - *end : piece;
		char *copy = malloc(n);
		enum request_result result;

		assert(copy != NULL);
		memcpy(copy, bytes + *end, n);
		result = request_read(r, copy, n, &used);
		free(copy);
		assert(used > 0 && used <= n);
		if (result == REQUEST_MORE) {
			assert(used == n);
			continue;
		}
		sum = sum * 31 + outcome(r, result);
		if (result == REQUEST_READY)
			request_reset(r);
		if (result == REQUEST_REFUSED) {
			assert(r->sentence != NULL && r->close);
			*end += used;
			break;
		}
	}
	free(r);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *bytes = (const char *)data;
	size_t whole, single, some;
	unsigned sum = read_all(bytes, len, SIZE_MAX, &whole);

	assert(sum == read_all(bytes, len, 1, &single) && whole == single);
	assert(sum == read_all(bytes, len, 7, &some) && whole == some);
	return 0;
}
