/*
 * snapshot.c - the state of the master, in shared memory for the reporter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reporter/snapshot.h"

#define PER_SLOT	(SLOT_SIZE / sizeof(struct snapshot_worker))
#define PAGES		((SNAPSHOT_WORKERS + PER_SLOT - 1) / PER_SLOT)

_Static_assert(sizeof(struct snapshot_head) <= SLOT_SIZE, "a head in one slot");
_Static_assert(sizeof ((struct result *)0)->sentence <= SLOT_SIZE,
    "a sentence in one slot");

enum { HEAD, RELOAD, UPGRADE, WORKERS, SLOTS = WORKERS + PAGES };

struct snapshot {
	struct slot *slot[SLOTS];
	struct snapshot_view last;	/* the master's own: what is there */
};

void
snapshot_free(struct snapshot *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		slot_free(n->slot[i]);
	free(n);
}

struct snapshot *
snapshot_new(void)
{
	struct snapshot *n = calloc(1, sizeof *n);

	for (size_t i = 0; n != NULL && i < SLOTS; i++)
		if ((n->slot[i] = slot_new()) == NULL) {
			snapshot_free(n);
			n = NULL;
		}
	return n;
}

/* Only what differs, so that no reader is disturbed for nothing. */
static void
renew(struct slot *s, void *last, const void *now, size_t size)
{
	if (slot_version(s) > 0 && memcmp(last, now, size) == 0)
		return;
	memcpy(last, now, size);
	slot_write(s, now, size);
}

void
snapshot_write(struct snapshot *n, const struct snapshot_view *now)
{
	struct snapshot_view *last = &n->last;

	for (size_t i = 0; i < PAGES; i++) {
		size_t from = i * PER_SLOT, count = SNAPSHOT_WORKERS - from;

		renew(n->slot[WORKERS + i], &last->worker[from],
		    &now->worker[from], (count < PER_SLOT ? count : PER_SLOT) *
		    sizeof now->worker[0]);
	}
	renew(n->slot[RELOAD], last->reload, now->reload, sizeof now->reload);
	renew(n->slot[UPGRADE], last->upgrade, now->upgrade,
	    sizeof now->upgrade);
	renew(n->slot[HEAD], &last->head, &now->head, sizeof now->head);
}

bool
snapshot_read(const struct snapshot *n, struct snapshot_view *v)
{
	memset(v, 0, sizeof *v);
	if (slot_read(n->slot[HEAD], &v->head, sizeof v->head) == 0 ||
	    slot_read(n->slot[RELOAD], v->reload, sizeof v->reload) == 0 ||
	    slot_read(n->slot[UPGRADE], v->upgrade, sizeof v->upgrade) == 0)
		return false;
	for (size_t i = 0; i * PER_SLOT < v->head.named; i++) {
		size_t from = i * PER_SLOT, count = SNAPSHOT_WORKERS - from;

		if (slot_read(n->slot[WORKERS + i], &v->worker[from],
		    (count < PER_SLOT ? count : PER_SLOT) *
		    sizeof v->worker[0]) == 0)
			return false;
	}
	return true;
}

bool
snapshot_serves(const struct snapshot_view *v)
{
	return v->head.ready > 0 && strcmp(v->head.state, "draining") != 0;
}

/* ------------------------------------------------- results ------------- */

void
result_begin(struct result *o)
{
	o->begun++;
}

void
result_settle(struct result *o, unsigned generation, const char *why)
{
	o->settled = o->begun;
	o->failed += why != NULL;
	o->kind = why == NULL ? RESULT_DONE : RESULT_FAILED;
	o->when = time(NULL);
	o->generation = generation;
	snprintf(o->sentence, sizeof o->sentence, "%s",
	    why != NULL ? why : "");
}

const char *
result_word(const struct result *o)
{
	switch (o->kind) {
	case RESULT_NONE:	return "none";
	case RESULT_DONE:	return "done";
	case RESULT_FAILED:	return "failed";
	}
	return "none";
}
