/*
 * idmap.h - things by number, each of which is above all before.
 */
#ifndef OFFLOADER_IDMAP_H
#define OFFLOADER_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap_place {
	uint32_t id;
	void *thing;		/* the owner's; NULL: taken away */
};

/* All zero: an empty one. */
struct idmap {
	struct idmap_place *place;
	size_t n, room;
	size_t taken;		/* of the n */
	uint32_t last;		/* number there was; they begin at 1 */
};

/* -1: no memory, or the number is not above all before. */
int idmap_put(struct idmap *, uint32_t id, void *thing);

/* NULL: nothing there. What is taken is there no more. */
void *idmap_get(const struct idmap *, uint32_t id);
void *idmap_take(struct idmap *, uint32_t id);

/* All that is there, lowest number first: *at begins as 0. NULL: the end. */
void *idmap_next(const struct idmap *, size_t *at, uint32_t *id);

/* Forgets all of it; the things are the owner's. */
void idmap_clear(struct idmap *);

#endif
