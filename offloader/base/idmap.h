/*
 * idmap.h - a map from ids to pointers; ids are added in ascending order.
 */
#ifndef OFFLOADER_IDMAP_H
#define OFFLOADER_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap_place {
	uint32_t id;
	void *thing;		/* borrowed; NULL: removed */
};

/* Empty if all zero. */
struct idmap {
	struct idmap_place *place;
	size_t n, room;
	size_t removed;		/* of the n */
	uint32_t last;		/* highest id so far; ids begin at 1 */
};

/* -1: out of memory, or the id is not above all earlier ones. */
int idmap_put(struct idmap *, uint32_t id, void *thing);

/* Looks up a pointer; idmap_take() also removes it. NULL: not found. */
void *idmap_get(const struct idmap *, uint32_t id);
void *idmap_take(struct idmap *, uint32_t id);

/* Walks over all, lowest id first; *at begins as 0. NULL: the end. */
void *idmap_next(const struct idmap *, size_t *at, uint32_t *id);

/* Frees the map, not what the pointers lead to. */
void idmap_clear(struct idmap *);

#endif
