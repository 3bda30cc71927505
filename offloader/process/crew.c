/*
 * crew.c - the workers of one generation.
 */
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/os_daemon.h"
#include "base/os_user.h"
#include "serve/worker.h"
#include "process/crew.h"

static void
leave_master(struct proc *p)
{
	struct generation *g = p->owner;

	g->watch->leave(g);
	crew_close(g, p);
}

static int
confine(const void *cell, struct err *e)
{
	const struct sandbox_wish wish = generation_wish(cell);

	return sandbox_enter(SANDBOX_WORKER, &wish, e);
}

static int
work(struct proc *p, int channel)
{
	struct generation *g = p->owner;
	const struct conf *c = g->conf;
	struct worker_task task = { .conf = c, .backend = &g->backend,
	    .channel = channel, .confine = confine, .cell = g,
	    .pulse = watchdog_pulse(&g->watchdog, p->number) };
	struct door *doors = generation_doors(g, p->number, &task.n_doors);
	int null = c->daemon ? os_terminal_substitute() : -1;
	struct err e;
	int status = EX_OSERR;

	log_role("worker");
	task.doors = doors;
	/* While we still may look for others: see board_sit(). */
	task.tally = board_sit(g->board);
	if (doors == NULL || task.tally == NULL)
		log_error("out of memory");
	else if (os_become(c->user, c->group, c->chroot, &e) != 0 ||
	    os_shed(&e) != 0)
		log_error("%s", e.text);
	else {
		/* Whoever waits for our starter's output to end may go on. */
		os_leave_terminal(null);
		status = worker_run(&task);
	}
	free(doors);
	return status;
}

static void
on_word(struct proc *p, char word)
{
	struct generation *g = p->owner;

	if (word != WORD_READY) {
		g->watch->asked(g, word);
		return;
	}
	if (p->ready)
		return;
	p->ready = true;
	g->watch->ready(g);
}

static void
on_exit_worker(struct proc *p, int status)
{
	struct generation *g = p->owner;
	char text[64];

	board_rise(g->board, p->child.rpid);
	if (status != 0)
		log_error("worker %u of generation %u ended by %s", p->number,
		    g->number, proc_status_text(status, text, sizeof text));
	g->watch->left(g, p);
}

static const struct proc_role worker_role = {
	.name = "worker",
	.leave_master = leave_master,
	.work = work,
	.on_word = on_word,
	.on_exit = on_exit_worker
};

int
crew_start(struct generation *g, struct ev_loop *loop,
    const struct crew_watch *watch)
{
	g->watch = watch;
	for (size_t i = 0; i < g->n_workers; i++)
		proc_init(&g->worker[i], loop, &worker_role, g, (unsigned)i);
	if (watchdog_start(&g->watchdog, loop, g->worker, g->n_workers,
	    g->conf->watchdog) != 0)
		return -1;
	for (size_t i = 0; i < g->n_workers; i++)
		if (proc_start(&g->worker[i]) == -1)
			return -1;
	return 0;
}

void
crew_tell(struct generation *g, char word, int fd)
{
	for (size_t i = 0; i < g->n_workers; i++)
		proc_tell(&g->worker[i], word, fd);
}

void
crew_dismiss(struct generation *g, char word)
{
	for (size_t i = 0; i < g->n_workers; i++)
		proc_rest(&g->worker[i]);
	crew_tell(g, word, -1);
}

void
crew_kill(struct generation *g)
{
	for (size_t i = 0; i < g->n_workers; i++)
		if (g->worker[i].pid != 0)
			kill(g->worker[i].pid, SIGKILL);
}

bool
crew_gone(const struct generation *g)
{
	for (size_t i = 0; i < g->n_workers; i++)
		if (g->worker[i].pid != 0)
			return false;
	return true;
}

bool
crew_ready(const struct generation *g)
{
	for (size_t i = 0; i < g->n_workers; i++)
		if (!g->worker[i].ready)
			return false;
	return true;
}

void
crew_forget(struct generation *g)
{
	watchdog_stop(&g->watchdog);
	for (size_t i = 0; i < g->n_workers; i++)
		proc_forget(&g->worker[i]);
}

void
crew_close(const struct generation *g, const struct proc *mine)
{
	for (size_t i = 0; i < g->n_workers; i++)
		if (g->worker[i].channel != -1)
			close(g->worker[i].channel);
	for (size_t i = 0; i < g->seats.n; i++)
		for (size_t k = 0; k < g->seats.row[i].n; k++)
			if (mine == NULL || k % g->n_workers != mine->number)
				close(g->seats.row[i].fd[k]);
}
