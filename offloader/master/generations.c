/*
 * generations.c - the list of generations: one starts, one serves, others
 * drain.
 */
#include <errno.h>
#include <string.h>

#include "base/child_message.h"
#include "log/log.h"
#include "master/generations.h"

#define READY_LIMIT	30.0		/* seconds for new workers to begin */
#define TICK		0.5		/* seconds */
#define KILL_AFTER	5		/* ticks after CHILD_LEAVE */
#define GRACE		5		/* ticks before one may be cut */

static void
drop_generation(struct generations *s, struct generation *g)
{
	TAILQ_REMOVE(&s->all, g, entry);
	if (s->current == g)
		s->current = NULL;
	children_forget(g);
	generation_free(g);
	if (s->ending && TAILQ_EMPTY(&s->all))
		s->watch->empty(s->master);
}

/* Frees it at once if no child is left. */
static void
stop_generation(struct generations *s, struct generation *g,
    char message)
{
	if (g->old == 0)
		g->old = 1;
	if (message == CHILD_LEAVE && g->leaving == 0)
		g->leaving = 1;
	children_stop(g, message);
	if (children_gone(g))
		drop_generation(s, g);
	else if (!ev_is_active(&s->tick))
		ev_timer_again(s->loop, &s->tick);
}

/* Iterates over those that drain, oldest first; begins with NULL. */
static struct generation *
next_old(struct generations *s, struct generation *g)
{
	do
		g = g == NULL ? TAILQ_FIRST(&s->all) : TAILQ_NEXT(g, entry);
	while (g != NULL && (g->old == 0 || g->leaving != 0));
	return g;
}

static int
count_old(struct generations *s)
{
	int n = 0;

	for (struct generation *g = NULL; (g = next_old(s, g)) != NULL;)
		n++;
	return n;
}

static void
cut_oldest(struct generations *s)
{
	struct generation *g;

	while (count_old(s) > s->current->conf->max_generations) {
		g = next_old(s, NULL);
		log_warn("max-generations: closing the connections of "
		    "generation %u", g->number);
		stop_generation(s, g, CHILD_LEAVE);
	}
}

static void
fail_coming(struct generations *s, const char *why)
{
	struct generation *g = s->coming;

	s->coming = NULL;
	ev_timer_stop(s->loop, &s->ready_limit);
	log_error("generation %u given up: %s", g->number, why);
	/* At the start, a failure ends the program. */
	if (s->current == NULL)
		s->ending = true;
	stop_generation(s, g, CHILD_LEAVE);
	s->watch->settled(s->master, why);
}

/* Its workers accept clients: it serves from now on. */
static void
take_over(struct generations *s)
{
	struct generation *old = s->current;

	s->current = s->coming;
	s->coming = NULL;
	ev_timer_stop(s->loop, &s->ready_limit);
	generation_announce(s->current, old);
	if (old != NULL) {
		/* Clients in the queue of a socket without a worker wait. */
		listeners_close(&old->listeners);
		children_yield(old, s->current);
		stop_generation(s, old, CHILD_RETIRE);
		cut_oldest(s);
	}
	s->watch->settled(s->master, NULL);
}

/* In a child. children.c closes what belongs to its own generation. */
static void
leave_master(struct generation *mine)
{
	struct generations *s = mine->owner;
	const struct generation *g;

	TAILQ_FOREACH(g, &s->all, entry)
		if (g != mine)
			children_close(g);
	s->watch->in_child(s->master);
}

static void
on_ready(struct generation *g)
{
	struct generations *s = g->owner;

	if (g == s->coming && children_ready(g))
		take_over(s);
}

/* A worker is less trusted: any other message is ignored. */
static void
on_message(struct generation *g, char message)
{
	struct generations *s = g->owner;

	if (message == CHILD_SYSLOG)
		s->watch->syslog_lost(s->master);
}

static void
on_ended(struct generation *g, struct proc *p)
{
	struct generations *s = g->owner;

	if (g == s->coming) {
		fail_coming(s, "a worker ended before it was ready");
		return;
	}
	if (g == s->current && !s->ending && p->role->restarts) {
		if (p->role->stage == CHILD_BEFORE_SERVING)
			s->watch->replaced(s->master);
		proc_restart(p);
		return;
	}
	if (!children_gone(g))
		return;
	log_info("generation %u has left", g->number);
	drop_generation(s, g);
	s->watch->room(s->master);
}

static const struct children_watch children_watch = { leave_master, on_ready,
    on_message, on_ended };

static void
on_ready_limit(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	fail_coming(t->data, "its workers were not ready in time");
}

static void
on_tick(struct ev_loop *loop, ev_timer *t, int events)
{
	struct generations *s = t->data;
	struct generation *g;
	bool any = false;

	(void)events;
	TAILQ_FOREACH(g, &s->all, entry) {
		if (g->old == 0)
			continue;
		any = true;
		g->old++;
		if (g->leaving != 0 && g->leaving++ >= KILL_AFTER)
			children_kill(g);
	}
	if (!any)
		ev_timer_stop(loop, t);
	s->watch->room(s->master);
}

void
generations_init(struct generations *s, struct ev_loop *loop,
    const struct generations_watch *watch, void *master)
{
	*s = (struct generations){ .loop = loop, .watch = watch,
	    .master = master };
	TAILQ_INIT(&s->all);
	ev_timer_init(&s->ready_limit, on_ready_limit, 0., 0.);
	ev_timer_init(&s->tick, on_tick, TICK, TICK);
	s->ready_limit.data = s->tick.data = s;
}

bool
generations_has_room(struct generations *s)
{
	struct generation *oldest = next_old(s, NULL);

	if (s->coming != NULL)
		return false;
	return oldest == NULL || s->current == NULL ||
	    count_old(s) < s->current->conf->max_generations ||
	    oldest->old > GRACE;
}

void
generations_begin(struct generations *s, struct generation *g)
{
	g->owner = s;
	g->number = ++s->count;
	s->coming = g;
	TAILQ_INSERT_TAIL(&s->all, g, entry);
	ev_timer_set(&s->ready_limit, READY_LIMIT, 0.);
	ev_timer_start(s->loop, &s->ready_limit);
	if (children_start(g, s->loop, &children_watch) != 0)
		fail_coming(s, strerror(errno));
}

void
generations_send(struct generations *s, char message, int fd)
{
	struct generation *g;

	TAILQ_FOREACH(g, &s->all, entry)
		children_send(g, message, fd);
}

void
generations_yield(struct generations *s)
{
	struct generation *g;

	TAILQ_FOREACH(g, &s->all, entry)
		children_yield(g, g);
}

void
generations_end(struct generations *s, bool now)
{
	struct generation *g, *next;

	s->ending = true;
	s->coming = NULL;
	ev_timer_stop(s->loop, &s->ready_limit);
	for (g = TAILQ_FIRST(&s->all); g != NULL; g = next) {
		next = TAILQ_NEXT(g, entry);
		/* New clients are refused, not kept waiting. */
		listeners_close(&g->listeners);
		stop_generation(s, g, now ? CHILD_LEAVE : CHILD_RETIRE);
	}
}

void
generations_clear(struct generations *s)
{
	struct generation *g;

	s->ending = false;
	while ((g = TAILQ_FIRST(&s->all)) != NULL)
		drop_generation(s, g);
	ev_timer_stop(s->loop, &s->ready_limit);
	ev_timer_stop(s->loop, &s->tick);
}
