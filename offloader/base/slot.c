/*
 * slot.c - a small value in shared memory: one writer, many readers, no lock.
 *
 * The value is copied in atomic words: a copy that is disturbed by a write is
 * wrong and thrown away, but never undefined behaviour.
 */
#include <string.h>
#include <sys/mman.h>

#include "base/slot.h"

#define TRIES	8

struct slot *
slot_new(void)
{
	struct slot *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return s == MAP_FAILED ? NULL : s;
}

void
slot_free(struct slot *s)
{
	if (s != NULL)
		munmap(s, sizeof *s);
}

uint32_t
slot_version(const struct slot *s)
{
	struct slot *u = (struct slot *)s;	/* C11 atomics take no const */

	return atomic_load_explicit(&u->seq, memory_order_acquire) / 2;
}

bool
slot_write(struct slot *s, const void *bytes, size_t len)
{
	uint64_t copy[SLOT_WORDS] = { 0 };
	/* Odd already: a writer died here. Go on from there. */
	uint32_t seq = atomic_load_explicit(&s->seq, memory_order_relaxed) | 1;

	if (len > SLOT_SIZE)
		return false;
	if (len > 0)
		memcpy(copy, bytes, len);
	atomic_store_explicit(&s->seq, seq, memory_order_relaxed);
	/* Readers must see the odd number before any new word. */
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&s->len, (uint32_t)len, memory_order_relaxed);
	for (size_t i = 0; i * sizeof copy[0] < len; i++)
		atomic_store_explicit(&s->word[i], copy[i],
		    memory_order_relaxed);
	atomic_store_explicit(&s->seq, seq + 1, memory_order_release);
	return true;
}

/* One attempt. False: the writer was writing. */
static bool
copy_out(struct slot *s, uint64_t *copy, uint32_t *len)
{
	uint32_t seq = atomic_load_explicit(&s->seq, memory_order_acquire);

	*len = atomic_load_explicit(&s->len, memory_order_relaxed);
	if (seq % 2 == 1 || *len > SLOT_SIZE)
		return false;
	for (size_t i = 0; i * sizeof copy[0] < *len; i++)
		copy[i] = atomic_load_explicit(&s->word[i],
		    memory_order_relaxed);
	/* All words must be read before seq is read again. */
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&s->seq, memory_order_relaxed) == seq;
}

size_t
slot_read(const struct slot *s, void *bytes, size_t size)
{
	uint64_t copy[SLOT_WORDS];
	uint32_t len;

	for (int i = 0; i < TRIES; i++) {
		if (!copy_out((struct slot *)s, copy, &len))
			continue;
		if (len == 0 || len > size)
			return 0;
		memcpy(bytes, copy, len);
		return len;
	}
	return 0;
}
