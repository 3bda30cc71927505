/*
 * run_queue.c - work that waits for its turn in the loop.
 */
#include "serve/run_queue.h"

#define CHEAP_SHARE	8	/* of those that wait, one and an eighth */
#define DEAR_TIME	0.0002	/* seconds: then no further one is begun */

static void
run_some(struct run_queue *t, enum run_kind kind, unsigned n)
{
	while (n-- > 0 && !TAILQ_EMPTY(&t->queue[kind])) {
		struct run_task *turn = TAILQ_FIRST(&t->queue[kind]);

		run_queue_remove(t, turn);
		turn->run(turn);	/* may be gone after this */
	}
}

/* The bulk tasks that wait make a round; handshakes wait for its end. */
static void
run_cheap(struct run_queue *t)
{
	unsigned n = 1 + t->n[RUN_BULK] / CHEAP_SHARE;

	run_some(t, RUN_BULK, n);
	t->round = t->round > n ? t->round - n : 0;
	/* Some of them may have left. */
	if (t->round > t->n[RUN_BULK])
		t->round = t->n[RUN_BULK];
}

/* One signature of RSA, or several resumptions: they cost a tenth. */
static void
run_dear(struct run_queue *t)
{
	double end = t->clock() + DEAR_TIME;

	do
		run_some(t, RUN_HANDSHAKE, 1);
	while (t->n[RUN_HANDSHAKE] > 0 && t->clock() < end);
}

/* The loop has served every event and is about to sleep. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct run_queue *t = w->data;

	(void)events;
	run_cheap(t);
	if (t->round == 0) {
		if (t->n[RUN_HANDSHAKE] > 0)
			run_dear(t);
		t->round = t->n[RUN_BULK];
	}
	if (t->n[RUN_BULK] + t->n[RUN_HANDSHAKE] > 0)
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
run_queue_init(struct run_queue *t, struct ev_loop *loop)
{
	*t = (struct run_queue){ .loop = loop, .clock = ev_time };
	TAILQ_INIT(&t->queue[RUN_BULK]);
	TAILQ_INIT(&t->queue[RUN_HANDSHAKE]);
	ev_prepare_init(&t->prepare, on_prepare);
	t->prepare.data = t;
	ev_prepare_start(loop, &t->prepare);
	ev_idle_init(&t->idle, on_idle);
}

void
run_queue_stop(struct run_queue *t)
{
	ev_prepare_stop(t->loop, &t->prepare);
	ev_idle_stop(t->loop, &t->idle);
}

void
run_queue_add(struct run_queue *t, struct run_task *turn, enum run_kind kind)
{
	if (turn->waits)
		return;
	turn->waits = true;
	turn->kind = kind;
	t->n[kind]++;
	TAILQ_INSERT_TAIL(&t->queue[kind], turn, entry);
}

void
run_queue_remove(struct run_queue *t, struct run_task *turn)
{
	if (!turn->waits)
		return;
	turn->waits = false;
	t->n[turn->kind]--;
	TAILQ_REMOVE(&t->queue[turn->kind], turn, entry);
}
