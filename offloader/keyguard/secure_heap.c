/*
 * secure_heap.c - locked memory for private keys in the keyguard.
 *
 * An RSA-2048 key takes two kilobytes, a P-256 key a quarter of one. Pages
 * without a key take no memory. The part that is kept free is for temporary
 * data: a decoded file of the largest size.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <openssl/crypto.h>

#include "log/log.h"
#include "keyguard/secure_heap.h"

#define MEGABYTE	(1u << 20)
#define SIZE		(128 * MEGABYTE)
#define KEPT_FREE	(32 * MEGABYTE)
#define LEAST		32		/* bytes of the smallest block */

static void
hide(void)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_warn("private keys: cannot hide the memory: %s",
		    strerror(errno));
}

static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

/* OpenSSL does not tell the address; signers lock their copy by it. */
static void
find_heap(struct secure_heap *h)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char *piece = OPENSSL_secure_malloc(LEAST), *from, *to;
	char line[512];

	while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
		if (sscanf(line, "%p-%p", (void **)&from, (void **)&to) == 2 &&
		    piece >= from && piece < to) {
			h->at = from;
			h->size = (size_t)(to - from);
		}
	if (maps != NULL)
		fclose(maps);
	OPENSSL_secure_free(piece);
}

void
secure_heap_open(struct secure_heap *h)
{
	int made;

	*h = (struct secure_heap){ .at = NULL };
	hide();
	raise_limit();
	made = CRYPTO_secure_malloc_init(SIZE, LEAST);
	if (made == 0) {
		log_warn("private keys: cannot create the secure heap; "
		    "using ordinary memory");
		return;
	}
	if (made == 1)
		find_heap(h);
	else
		log_info("private keys: cannot lock their memory, which may be "
		    "swapped out; raise the limit on locked memory "
		    "(ulimit -l) to %u MB", SIZE / MEGABYTE);
}

/* Locks are not inherited. */
void
secure_heap_inherit(const struct secure_heap *h)
{
	hide();
	if (h->at != NULL)
		(void)mlock2(h->at, h->size, MLOCK_ONFAULT);
}

int
secure_heap_has_room(const char *file, struct err *e)
{
	if (CRYPTO_secure_malloc_initialized() != 1 ||
	    CRYPTO_secure_used() <= SIZE - KEPT_FREE)
		return 0;
	return err_set_kind(e, ERR_OS, "%s: the secure heap for private keys "
	    "is full (%u MB); ECDSA keys are smaller, and key-isolation = off "
	    "has no such limit", file, (SIZE - KEPT_FREE) / MEGABYTE);
}
