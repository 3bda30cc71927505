/*
 * run_queue.c - a queue of work for the event loop.
 */
#include "serve/run_queue.h"

#define BULK_SHARE	8	/* one, and an eighth of those that wait */
#define HANDSHAKE_TIME	0.0002	/* seconds: then no further one is begun */

static void
run_some(struct run_queue *q, enum run_kind kind, unsigned n)
{
	while (n-- > 0 && !TAILQ_EMPTY(&q->queue[kind])) {
		struct run_task *task = TAILQ_FIRST(&q->queue[kind]);

		run_queue_remove(q, task);
		task->run(task);	/* may free the task */
	}
}

/* The bulk tasks that wait make a round; handshakes wait for its end. */
static void
run_bulk(struct run_queue *q)
{
	unsigned n = 1 + q->n[RUN_BULK] / BULK_SHARE;

	run_some(q, RUN_BULK, n);
	q->round = q->round > n ? q->round - n : 0;
	/* Some of them may have left. */
	if (q->round > q->n[RUN_BULK])
		q->round = q->n[RUN_BULK];
}

/* One signature of RSA, or several resumptions: they cost a tenth. */
static void
run_handshakes(struct run_queue *q)
{
	double end = q->clock() + HANDSHAKE_TIME;

	do
		run_some(q, RUN_HANDSHAKE, 1);
	while (q->n[RUN_HANDSHAKE] > 0 && q->clock() < end);
}

/* The loop has served every event and is about to sleep. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct run_queue *q = w->data;

	(void)events;
	run_bulk(q);
	if (q->round == 0) {
		if (q->n[RUN_HANDSHAKE] > 0)
			run_handshakes(q);
		q->round = q->n[RUN_BULK];
	}
	if (q->n[RUN_BULK] + q->n[RUN_HANDSHAKE] > 0)
		ev_idle_start(loop, &q->idle);
	else
		ev_idle_stop(loop, &q->idle);
}

static void
on_idle(struct ev_loop *loop, ev_idle *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
}

void
run_queue_init(struct run_queue *q, struct ev_loop *loop)
{
	*q = (struct run_queue){ .loop = loop, .clock = ev_time };
	TAILQ_INIT(&q->queue[RUN_BULK]);
	TAILQ_INIT(&q->queue[RUN_HANDSHAKE]);
	ev_prepare_init(&q->prepare, on_prepare);
	q->prepare.data = q;
	ev_prepare_start(loop, &q->prepare);
	ev_idle_init(&q->idle, on_idle);
}

void
run_queue_stop(struct run_queue *q)
{
	ev_prepare_stop(q->loop, &q->prepare);
	ev_idle_stop(q->loop, &q->idle);
}

void
run_queue_add(struct run_queue *q, struct run_task *task, enum run_kind kind)
{
	if (task->waits)
		return;
	task->waits = true;
	task->kind = kind;
	q->n[kind]++;
	TAILQ_INSERT_TAIL(&q->queue[kind], task, entry);
}

void
run_queue_remove(struct run_queue *q, struct run_task *task)
{
	if (!task->waits)
		return;
	task->waits = false;
	q->n[task->kind]--;
	TAILQ_REMOVE(&q->queue[task->kind], task, entry);
}
