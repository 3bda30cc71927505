/*
 * secure_heap.h - locked memory for private keys in the keyguard.
 */
#ifndef OFFLOADER_SECURE_HEAP_H
#define OFFLOADER_SECURE_HEAP_H

#include <stddef.h>

#include "base/err.h"

/* Its address, for signers. */
struct secure_heap {
	void *at;		/* NULL: it cannot be locked */
	size_t size;
};

/*
 * Makes OpenSSL keep private keys in it, and disables core files and debuggers
 * for this process. What the system refuses is logged.
 */
void secure_heap_open(struct secure_heap *);

/* The same in a child, which has a copy of the memory. */
void secure_heap_inherit(const struct secure_heap *);

/* Fails, with an error about this file, if it is too full for a key. */
int secure_heap_has_room(const char *file, struct err *);

#endif
