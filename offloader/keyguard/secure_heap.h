/*
 * secure_heap.h - memory for private keys, in the process that has them.
 */
#ifndef OFFLOADER_SECURE_HEAP_H
#define OFFLOADER_SECURE_HEAP_H

#include <stddef.h>

#include "base/err.h"

/* Where it is, for whoever inherits it. */
struct secure_heap {
	void *at;		/* NULL: it is none that can be locked */
	size_t size;
};

/*
 * Makes OpenSSL keep keys in it, and this process one that nobody looks into:
 * neither a debugger nor a core file. What the system refuses is logged.
 */
void secure_heap_open(struct secure_heap *);

/* In a child, which has a copy and as few who look into it. */
void secure_heap_inherit(const struct secure_heap *);

/* -1, a sentence about this file: it is too full for another key. */
int secure_heap_has_room(const char *file, struct err *);

#endif
