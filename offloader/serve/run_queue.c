/*
 * run_queue.c - work that waits for its turn in the loop.
 */
#include "serve/run_queue.h"

#define CHEAP_SHARE	8	/* of those that wait, one and an eighth */
#define DEAR_TIME	0.0002	/* seconds: then no further one is begun */

static void
run_some(struct turns *t, enum turn_kind kind, unsigned n)
{
	while (n-- > 0 && !TAILQ_EMPTY(&t->queue[kind])) {
		struct turn *turn = TAILQ_FIRST(&t->queue[kind]);

		turns_remove(t, turn);
		turn->run(turn);	/* may be gone after this */
	}
}

/* The cheap that wait make a round; what is dear waits for its end. */
static void
run_cheap(struct turns *t)
{
	unsigned n = 1 + t->n[TURN_CHEAP] / CHEAP_SHARE;

	run_some(t, TURN_CHEAP, n);
	t->round = t->round > n ? t->round - n : 0;
	/* Some of them may have left. */
	if (t->round > t->n[TURN_CHEAP])
		t->round = t->n[TURN_CHEAP];
}

/* One signature of RSA, or several resumptions: they cost a tenth. */
static void
run_dear(struct turns *t)
{
	double end = t->clock() + DEAR_TIME;

	do
		run_some(t, TURN_DEAR, 1);
	while (t->n[TURN_DEAR] > 0 && t->clock() < end);
}

/* The loop has served every event and is about to sleep. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct turns *t = w->data;

	(void)events;
	run_cheap(t);
	if (t->round == 0) {
		if (t->n[TURN_DEAR] > 0)
			run_dear(t);
		t->round = t->n[TURN_CHEAP];
	}
	if (t->n[TURN_CHEAP] + t->n[TURN_DEAR] > 0)
		ev_idle_start(loop, &t->idle);
	else
		ev_idle_stop(loop, &t->idle);
}

static void
on_idle(struct ev_loop *loop, ev_idle *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
}

void
turns_init(struct turns *t, struct ev_loop *loop)
{
	*t = (struct turns){ .loop = loop, .clock = ev_time };
	TAILQ_INIT(&t->queue[TURN_CHEAP]);
	TAILQ_INIT(&t->queue[TURN_DEAR]);
	ev_prepare_init(&t->prepare, on_prepare);
	t->prepare.data = t;
	ev_prepare_start(loop, &t->prepare);
	ev_idle_init(&t->idle, on_idle);
}

void
turns_stop(struct turns *t)
{
	ev_prepare_stop(t->loop, &t->prepare);
	ev_idle_stop(t->loop, &t->idle);
}

void
turns_add(struct turns *t, struct turn *turn, enum turn_kind kind)
{
	if (turn->waits)
		return;
	turn->waits = true;
	turn->kind = kind;
	t->n[kind]++;
	TAILQ_INSERT_TAIL(&t->queue[kind], turn, entry);
}

void
turns_remove(struct turns *t, struct turn *turn)
{
	if (!turn->waits)
		return;
	turn->waits = false;
	t->n[turn->kind]--;
	TAILQ_REMOVE(&t->queue[turn->kind], turn, entry);
}
