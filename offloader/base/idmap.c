/*
 * idmap.c - a map from ids to pointers; ids are added in ascending order.
 *
 * So it is a sorted array with binary search. A removed entry leaves a gap; the
 * gaps are closed when half of the array is gaps.
 */
#include <stdlib.h>

#include "base/idmap.h"

static void
close_gaps(struct idmap *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->place[i].thing != NULL)
			s->place[n++] = s->place[i];
	s->n = n;
	s->removed = 0;
}

static int
make_room(struct idmap *s)
{
	size_t room = s->room > 0 ? 2 * s->room : 16;
	struct idmap_place *more;

	if (s->n < s->room)
		return 0;
	if ((more = reallocarray(s->place, room, sizeof *more)) == NULL)
		return -1;
	s->place = more;
	s->room = room;
	return 0;
}

int
idmap_put(struct idmap *s, uint32_t id, void *thing)
{
	if (id <= s->last || make_room(s) != 0)
		return -1;
	s->last = id;
	s->place[s->n++] = (struct idmap_place){ id, thing };
	return 0;
}

static struct idmap_place *
find_entry(const struct idmap *s, uint32_t id)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->place[middle].id == id)
			return &s->place[middle];
		if (s->place[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void *
idmap_get(const struct idmap *s, uint32_t id)
{
	const struct idmap_place *p = find_entry(s, id);

	return p != NULL ? p->thing : NULL;
}

void *
idmap_take(struct idmap *s, uint32_t id)
{
	struct idmap_place *p = find_entry(s, id);
	void *thing;

	if (p == NULL || (thing = p->thing) == NULL)
		return NULL;
	p->thing = NULL;
	if (++s->removed > s->n / 2)
		close_gaps(s);
	return thing;
}

void *
idmap_next(const struct idmap *s, size_t *at, uint32_t *id)
{
	while (*at < s->n) {
		const struct idmap_place *p = &s->place[(*at)++];

		if (p->thing == NULL)
			continue;
		*id = p->id;
		return p->thing;
	}
	return NULL;
}

void
idmap_clear(struct idmap *s)
{
	free(s->place);
	*s = (struct idmap){ 0 };
}
