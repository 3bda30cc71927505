/*
 * secure_heap.c - memory for private keys, in the process that has them.
 *
 * A key of RSA-2048 takes two kilobytes, one of P-256 a quarter. Only pages
 * that hold one are memory. What is kept free is for what comes and goes: a
 * file of the largest size, decoded.
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
#define LEAST		32		/* bytes that a piece has */

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

/* OpenSSL does not say where it is, and signers want to lock their own. */
static void
find(struct secure_heap *v)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char *piece = OPENSSL_secure_malloc(LEAST), *from, *to;
	char line[512];

	while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
		if (sscanf(line, "%p-%p", (void **)&from, (void **)&to) == 2 &&
		    piece >= from && piece < to) {
			v->at = from;
			v->size = (size_t)(to - from);
		}
	if (maps != NULL)
		fclose(maps);
	OPENSSL_secure_free(piece);
}

void
secure_heap_open(struct secure_heap *v)
{
	int made;

	*v = (struct secure_heap){ .at = NULL };
	hide();
	raise_limit();
	made = CRYPTO_secure_malloc_init(SIZE, LEAST);
	if (made == 0) {
		log_warn("private keys: no memory of their own to be had");
		return;
	}
	if (made == 1)
		find(v);
	else
		log_info("private keys: their memory cannot be locked, and may "
		    "be swapped out; the limit on locked memory (ulimit -l) "
		    "would have to be %u MB", SIZE / MEGABYTE);
}

/* Locks are not inherited. */
void
secure_heap_inherit(const struct secure_heap *v)
{
	hide();
	if (v->at != NULL)
		(void)mlock2(v->at, v->size, MLOCK_ONFAULT);
}

int
secure_heap_has_room(const char *file, struct err *e)
{
	if (CRYPTO_secure_malloc_initialized() != 1 ||
	    CRYPTO_secure_used() <= SIZE - KEPT_FREE)
		return 0;
	return err_set_kind(e, ERR_OS, "%s: the keyguard's memory for private "
	    "keys is full (%u MB); key-isolation = off knows no such limit, "
	    "keys for ECDSA are smaller", file, (SIZE - KEPT_FREE) / MEGABYTE);
}
