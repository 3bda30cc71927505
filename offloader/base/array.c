/*
 * array.c - arrays that grow by one item at a time.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/array.h"

/* The room is always a power of two, so that nobody needs to remember it. */
void *
array_grow(void *items, size_t n, size_t size)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return items;
	if (n > SIZE_MAX / 2 || 2 * n > SIZE_MAX / size)
		return NULL;
	return realloc(items, (n > 0 ? 2 * n : 1) * size);
}
