/*
 * heartbeat.c - signs of life in shared memory: a process beats, another
 * counts.
 */
#include <sys/mman.h>

#include "base/heartbeat.h"

struct heartbeat *
heartbeat_new(size_t n)
{
	struct heartbeat *p = mmap(NULL, n * sizeof *p, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
heartbeat_free(struct heartbeat *p, size_t n)
{
	if (p != NULL)
		munmap(p, n * sizeof *p);
}
