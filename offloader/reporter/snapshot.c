/*
 * snapshot.c - what only the master knows, for those who tell others of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/status.h"
#include "reporter/snapshot.h"

#define PER_SLOT	(SLOT_SIZE / sizeof(struct notice_worker))
#define PAGES		((NOTICE_WORKERS + PER_SLOT - 1) / PER_SLOT)

_Static_assert(sizeof(struct notice_head) <= SLOT_SIZE, "a head in one slot");
_Static_assert(sizeof ((struct outcome *)0)->sentence <= SLOT_SIZE,
    "a sentence in one slot");

enum { HEAD, RELOAD, UPGRADE, WORKERS, SLOTS = WORKERS + PAGES };

struct notice {
	struct slot *slot[SLOTS];
	struct notice_view last;	/* the master's own: what is there */
};

void
notice_free(struct notice *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		slot_free(n->slot[i]);
	free(n);
}

struct notice *
notice_new(void)
{
	struct notice *n = calloc(1, sizeof *n);

	for (size_t i = 0; n != NULL && i < SLOTS; i++)
		if ((n->slot[i] = slot_new()) == NULL) {
			notice_free(n);
			n = NULL;
		}
	return n;
}

static struct notice_outcome
outcome_of(const struct outcome *o)
{
	return (struct notice_outcome){ .when = o->when, .kind = o->kind,
	    .generation = o->generation };
}

static void
fill_workers(struct notice_view *v, const struct succession *s)
{
	const struct generation *g;
	uint32_t n = 0;

	TAILQ_FOREACH(g, &s->all, entry)
		for (size_t i = 0; i < g->n_workers && n < NOTICE_WORKERS;
		    i++) {
			struct notice_worker *w = &v->worker[n++];

			w->generation = g->number;
			w->number = g->worker[i].number;
			w->pid = g->worker[i].pid;
			snprintf(w->state, sizeof w->state, "%s",
			    report_worker_state(s, g, &g->worker[i]));
		}
	v->head.named = n;
}

static void
fill(struct notice_view *v, const struct report *r)
{
	const struct succession *s = r->succession;
	struct notice_head *h = &v->head;

	snprintf(h->state, sizeof h->state, "%s", report_state(r));
	snprintf(h->version, sizeof h->version, "%s", r->version);
	h->started = r->started;
	h->pid = getpid();
	h->old = report_old(s);
	if (s->current != NULL) {
		h->generation = s->current->number;
		h->workers = (uint32_t)s->current->n_workers;
		h->ready = (uint32_t)report_running(s->current);
	}
	h->reloads = r->reload->settled;
	h->failed = r->reload->failed;
	h->reload = outcome_of(r->reload);
	h->upgrade = outcome_of(r->upgrade);
	snprintf(v->reload, sizeof v->reload, "%s", r->reload->sentence);
	snprintf(v->upgrade, sizeof v->upgrade, "%s", r->upgrade->sentence);
	fill_workers(v, s);
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
notice_write(struct notice *n, const struct report *r)
{
	struct notice_view now;
	struct notice_view *last = &n->last;

	/* Padding is compared, too. */
	memset(&now, 0, sizeof now);
	fill(&now, r);
	for (size_t i = 0; i < PAGES; i++) {
		size_t from = i * PER_SLOT, count = NOTICE_WORKERS - from;

		renew(n->slot[WORKERS + i], &last->worker[from],
		    &now.worker[from], (count < PER_SLOT ? count : PER_SLOT) *
		    sizeof now.worker[0]);
	}
	renew(n->slot[RELOAD], last->reload, now.reload, sizeof now.reload);
	renew(n->slot[UPGRADE], last->upgrade, now.upgrade,
	    sizeof now.upgrade);
	renew(n->slot[HEAD], &last->head, &now.head, sizeof now.head);
}

bool
notice_read(const struct notice *n, struct notice_view *v)
{
	memset(v, 0, sizeof *v);
	if (slot_read(n->slot[HEAD], &v->head, sizeof v->head) == 0 ||
	    slot_read(n->slot[RELOAD], v->reload, sizeof v->reload) == 0 ||
	    slot_read(n->slot[UPGRADE], v->upgrade, sizeof v->upgrade) == 0)
		return false;
	for (size_t i = 0; i * PER_SLOT < v->head.named; i++) {
		size_t from = i * PER_SLOT, count = NOTICE_WORKERS - from;

		if (slot_read(n->slot[WORKERS + i], &v->worker[from],
		    (count < PER_SLOT ? count : PER_SLOT) *
		    sizeof v->worker[0]) == 0)
			return false;
	}
	return true;
}

bool
notice_serves(const struct notice_view *v)
{
	return v->head.ready > 0 && strcmp(v->head.state, "draining") != 0;
}
