/*
 * idmap.h - things by number, each of which is above all before.
 */
#ifndef OFFLOADER_IDMAP_H
#define OFFLOADER_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct shelf_place {
	uint32_t id;
	void *thing;		/* the owner's; NULL: taken away */
};

/* All zero: an empty one. */
struct shelf {
	struct shelf_place *place;
	size_t n, room;
	size_t taken;		/* of the n */
	uint32_t last;		/* number there was; they begin at 1 */
};

/* -1: no memory, or the number is not above all before. */
int shelf_put(struct shelf *, uint32_t id, void *thing);

/* NULL: nothing there. What is taken is there no more. */
void *shelf_get(const struct shelf *, uint32_t id);
void *shelf_take(struct shelf *, uint32_t id);

/* All that is there, lowest number first: *at begins as 0. NULL: the end. */
void *shelf_next(const struct shelf *, size_t *at, uint32_t *id);

/* Forgets all of it; the things are the owner's. */
void shelf_clear(struct shelf *);

#endif
