/*
 * children.c - the workers of one generation.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child_message.h"
#include "base/os_daemon.h"
#include "base/os_user.h"
#include "log/log.h"
#include "reporter/reporter.h"
#include "serve/worker.h"
#include "master/children.h"

#define NOBODY	"nobody"

static bool
workers_gone(const struct generation *g)
{
	for (size_t i = 0; i < g->n_workers; i++)
		if (g->worker[i].pid != 0)
			return false;
	return true;
}

static int
before(struct proc *p)
{
	struct generation *g = p->owner;

	return signer_channels_before(&g->signers, p->number);
}

static void
after(struct proc *p)
{
	struct generation *g = p->owner;

	signer_channels_after(&g->signers, p->number);
}

static void
leave_master(struct proc *p)
{
	struct generation *g = p->owner;

	g->watch->leave(g);
	children_close(g, p);
}

static int
confine(const void *cell, struct err *e)
{
	const struct sandbox_config wish = generation_wish(cell);

	return sandbox_enter(SANDBOX_WORKER, &wish, e);
}

static int
work(struct proc *p, int channel)
{
	struct generation *g = p->owner;
	const struct conf *c = g->conf;
	struct worker_task task = { .conf = c, .backend = &g->backend,
	    .channel = channel, .confine = confine, .cell = g,
	    .keys = signer_channels_near(&g->signers, p->number),
	    .heartbeat = watchdog_heartbeat(&g->watchdog, p->number) };
	struct listener *listeners = generation_listeners(g, p->number,
	    &task.n_listeners);
	int null = c->daemon ? os_terminal_substitute() : -1;
	struct err e;
	int status = EX_OSERR;

	log_role("worker");
	task.listeners = listeners;
	/* While we still may look for others: see stats_attach(). */
	task.counters = stats_attach(g->stats);
	if (listeners == NULL || task.counters == NULL)
		log_error("out of memory");
	else if (os_become(c->user, c->group, c->chroot, &e) != 0 ||
	    os_shed(&e) != 0)
		log_error("%s", e.text);
	else {
		/* Whoever waits for our starter's output to end may go on. */
		os_leave_terminal(null);
		status = worker_run(&task);
	}
	free(listeners);
	return status;
}

/*
 * Who answers strangers must not have what opens their sessions; and where
 * workers may be root, it still need not.
 */
static int
report(struct proc *p, int channel)
{
	struct generation *g = p->owner;
	const struct conf *c = g->conf;
	const struct reporter_task task = { .listeners = &g->stats_listeners,
	    .from = { .snapshot = g->snapshot, .load = &g->load,
	    .stats = g->stats, .name = c->stats_listen },
	    .wish = { .mode = c->sandbox, .syslog = c->syslog },
	    .channel = channel };
	int null = c->daemon ? os_terminal_substitute() : -1;
	const char *user = c->user;
	struct err e;

	log_role("reporter");
	slot_free((struct slot *)g->tickets);
	if (user == NULL && geteuid() == 0 &&
	    os_check_user(NOBODY, NULL, NULL, &e) == 0)
		user = NOBODY;
	if (os_become(user, c->group, c->chroot, &e) != 0 ||
	    os_shed(&e) != 0) {
		log_error("%s", e.text);
		return EX_OSERR;
	}
	os_leave_terminal(null);
	return reporter_run(&task);
}

static void
on_word(struct proc *p, char word)
{
	struct generation *g = p->owner;

	if (word == CHILD_KEYS) {
		signer_channels_again(&g->signers, p->number);
		return;
	}
	if (word != CHILD_READY) {
		g->watch->asked(g, word);
		return;
	}
	if (p->ready)
		return;
	p->ready = true;
	g->watch->ready(g);
}

/*
 * The last of the workers has left: there is nothing to report any more. But
 * one that was silenced goes by itself, when it has answered.
 */
static void
look_for_last(struct generation *g)
{
	if (g->old != 0 && g->stats_listeners.n > 0 && workers_gone(g))
		proc_tell(&g->reporter, CHILD_LEAVE, -1);
}

static void
on_exit_worker(struct proc *p, int status)
{
	struct generation *g = p->owner;
	char text[64];

	stats_detach(g->stats, p->child.rpid);
	if (status != 0)
		log_error("worker %u of generation %u ended by %s", p->number,
		    g->number, proc_status_text(status, text, sizeof text));
	look_for_last(g);
	g->watch->left(g, p);
}

/* It has nothing to say to us. */
static void
on_word_of_reporter(struct proc *p, char word)
{
	(void)p;
	(void)word;
}

static void
on_exit_reporter(struct proc *p, int status)
{
	struct generation *g = p->owner;
	char text[64];

	if (status != 0)
		log_error("reporter of generation %u ended by %s", g->number,
		    proc_status_text(status, text, sizeof text));
	if (g->old == 0)
		proc_restart(p);
	else
		g->watch->left(g, p);
}

static const struct proc_role worker_role = {
	.name = "worker",
	.before = before,
	.after = after,
	.leave_master = leave_master,
	.work = work,
	.on_word = on_word,
	.on_exit = on_exit_worker
};

static const struct proc_role reporter_role = {
	.name = "reporter",
	.leave_master = leave_master,
	.work = report,
	.on_word = on_word_of_reporter,
	.on_exit = on_exit_reporter
};

int
children_start(struct generation *g, struct ev_loop *loop,
    const struct children_watch *watch)
{
	g->watch = watch;
	proc_init(&g->reporter, loop, &reporter_role, g, 0);
	if (signer_channels_init(&g->signers, g->keyguard, loop, g->conf,
	    g->worker, g->n_workers) != 0)
		return -1;
	g->signers.generation = g->number;
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
children_report(struct generation *g)
{
	if (g->stats_listeners.n > 0 && g->snapshot != NULL &&
	    proc_start(&g->reporter) == -1) {
		log_error("reporter: fork: %s", strerror(errno));
		proc_restart(&g->reporter);
	}
}

void
children_stop_reporter(struct generation *g, const struct generation *successor)
{
	proc_rest(&g->reporter);
	proc_tell(&g->reporter, CHILD_RETIRE, -1);
	stats_listeners_close(&g->stats_listeners, &successor->stats_listeners);
}

void
children_tell(struct generation *g, char word, int fd)
{
	for (size_t i = 0; i < g->n_workers; i++)
		proc_tell(&g->worker[i], word, fd);
	/* A part of the log; what else we say to it, it is told alone. */
	if (fd != -1)
		proc_tell(&g->reporter, word, fd);
}

void
children_dismiss(struct generation *g, char word)
{
	for (size_t i = 0; i < g->n_workers; i++)
		proc_rest(&g->worker[i]);
	proc_rest(&g->reporter);
	children_tell(g, word, -1);
	look_for_last(g);
}

void
children_kill(struct generation *g)
{
	for (size_t i = 0; i < g->n_workers; i++)
		if (g->worker[i].pid != 0)
			kill(g->worker[i].pid, SIGKILL);
	if (g->reporter.pid != 0)
		kill(g->reporter.pid, SIGKILL);
}

bool
children_gone(const struct generation *g)
{
	return g->reporter.pid == 0 && workers_gone(g);
}

bool
children_ready(const struct generation *g)
{
	for (size_t i = 0; i < g->n_workers; i++)
		if (!g->worker[i].ready)
			return false;
	return true;
}

void
children_forget(struct generation *g)
{
	watchdog_stop(&g->watchdog);
	signer_channels_clear(&g->signers);
	for (size_t i = 0; i < g->n_workers; i++)
		proc_forget(&g->worker[i]);
	proc_forget(&g->reporter);
}

void
children_close(const struct generation *g, const struct proc *mine)
{
	signer_channels_leave(&g->signers, mine);
	for (size_t i = 0; i < g->n_workers; i++)
		if (g->worker[i].channel != -1)
			close(g->worker[i].channel);
	if (g->reporter.channel != -1)
		close(g->reporter.channel);
	for (size_t i = 0; mine != &g->reporter &&
	    i < g->stats_listeners.n; i++)
		close(g->stats_listeners.listener[i].fd);
	for (size_t i = 0; i < g->listeners.n; i++)
		for (size_t k = 0; k < g->listeners.row[i].n; k++)
			if (mine == NULL || mine == &g->reporter ||
			    k % g->n_workers != mine->number)
				close(g->listeners.row[i].fd[k]);
}
