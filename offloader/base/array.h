/*
 * array.h - arrays that grow by one item at a time.
 */
#ifndef OFFLOADER_ARRAY_H
#define OFFLOADER_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more item in an array that has n of them, of so many
 * bytes each, and that was made by this function alone (NULL: n is 0). Returns
 * the array, moved perhaps, for the caller to store; it is freed by free().
 * NULL: out of memory, and the old array is as it was.
 */
void *array_grow(void *items, size_t n, size_t size);

#endif
