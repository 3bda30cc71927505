/*
 * slot.h - a small value in shared memory: one writer, many readers, no lock.
 *
 * The writer makes seq odd, writes, makes it even. A reader copies, and takes
 * the copy only if seq was even and unchanged. The memory must be mapped
 * before the processes that use it are forked.
 */
#ifndef OFFLOADER_SLOT_H
#define OFFLOADER_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOT_WORDS	64	/* 512 bytes of payload */
#define SLOT_SIZE	(SLOT_WORDS * sizeof(uint64_t))

struct slot {
	_Atomic uint32_t seq;
	_Atomic uint32_t len;
	_Atomic uint64_t word[SLOT_WORDS];
};

/* Maps one, zeroed and shared with every child. NULL: out of memory. */
struct slot *slot_new(void);
void slot_free(struct slot *);

/* How often the value was replaced. */
uint32_t slot_version(const struct slot *);

/* Replaces the value. False: longer than SLOT_SIZE; the old one stays. */
bool slot_write(struct slot *, const void *, size_t);

/* Copies the value. Returns its length; 0: no value, or it kept changing. */
size_t slot_read(const struct slot *, void *, size_t);

#endif
