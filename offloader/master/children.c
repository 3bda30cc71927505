/*
 * children.c - the child processes of one generation.
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

/* ------------------------------------------------- in a child ----------- */

/* mine NULL: this child belongs to another owner, and needs nothing. */
static void
close_unneeded(const struct generation *g, const struct proc *mine)
{
	const unsigned needs = mine != NULL ? mine->role->needs : 0;

	signer_channels_leave(&g->signers, mine);
	for (size_t i = 0; i < g->n_children; i++)
		if (g->child[i].channel != -1)
			close(g->child[i].channel);
	for (size_t i = 0; (needs & CHILD_NEEDS_STATS) == 0 &&
	    i < g->stats_listeners.n; i++)
		close(g->stats_listeners.listener[i].fd);
	for (size_t i = 0; i < g->listeners.n; i++)
		for (size_t k = 0; k < g->listeners.row[i].n; k++)
			if ((needs & CHILD_NEEDS_LISTENERS) == 0 ||
			    k % g->n_workers != mine->number)
				close(g->listeners.row[i].fd[k]);
}

void
children_close(const struct generation *g)
{
	close_unneeded(g, NULL);
}

static void
leave_master(struct proc *p)
{
	struct generation *g = p->owner;

	g->watch->leave(g);
	close_unneeded(g, p);
	if ((p->role->needs & CHILD_NEEDS_TICKETS) == 0)
		slot_free((struct slot *)g->tickets);
}

static int
drop_privileges(const struct proc *p)
{
	const struct generation *g = p->owner;
	const struct conf *c = g->conf;
	int null = c->daemon ? os_terminal_substitute() : -1;
	const char *user = c->user;
	struct err e;

	if (user == NULL && p->role->never_root && geteuid() == 0 &&
	    os_check_user(NOBODY, NULL, NULL, &e) == 0)
		user = NOBODY;
	if (os_become(user, c->group, c->chroot, &e) != 0 ||
	    os_shed(&e) != 0) {
		log_error("%s", e.text);
		return -1;
	}
	/* A pipe that our starter reads to its end must not stay open. */
	os_leave_terminal(null);
	return 0;
}

static int
confine(const void *child, struct err *e)
{
	const struct proc *p = child;
	const struct sandbox_config config = generation_sandbox(p->owner);

	return sandbox_enter(p->role->sandbox, &config, e);
}

static int
run_worker(struct proc *p, int channel)
{
	struct generation *g = p->owner;
	struct worker_task task = { .conf = g->conf, .backend = &g->backend,
	    .channel = channel, .confine = confine, .child = p,
	    .keys = signer_channels_near(&g->signers, p->number),
	    .heartbeat = watchdog_heartbeat(&g->watchdog, p->number) };
	struct listener *listeners = generation_listeners(g, p->number,
	    &task.n_listeners);
	int status = EX_OSERR;

	task.listeners = listeners;
	/* While it may still signal other processes: see stats_attach(). */
	task.counters = stats_attach(g->stats);
	if (listeners == NULL || task.counters == NULL)
		log_error("out of memory");
	else if (drop_privileges(p) == 0)
		status = worker_run(&task);
	free(listeners);
	return status;
}

static int
run_reporter(struct proc *p, int channel)
{
	struct generation *g = p->owner;
	const struct reporter_task task = { .listeners = &g->stats_listeners,
	    .from = { .snapshot = g->snapshot, .load = &g->load,
	    .stats = g->stats, .name = g->conf->stats_listen },
	    .channel = channel, .confine = confine, .child = p };

	return drop_privileges(p) == 0 ? reporter_run(&task) : EX_OSERR;
}

/* ------------------------------------------------- in the master -------- */

static size_t
count_workers(const void *owner)
{
	const struct generation *g = owner;

	return g->n_workers;
}

static bool
wants_reporter(const void *owner)
{
	const struct generation *g = owner;

	return g->stats_listeners.n > 0 && g->snapshot != NULL;
}

static int
before_worker(struct proc *p)
{
	struct generation *g = p->owner;

	return signer_channels_before(&g->signers, p->number);
}

static void
after_worker(struct proc *p)
{
	struct generation *g = p->owner;

	signer_channels_after(&g->signers, p->number);
}

static void
on_message(struct proc *p, char message)
{
	struct generation *g = p->owner;

	if (message == CHILD_KEYS)
		signer_channels_again(&g->signers, p->number);
	else if (message != CHILD_READY)
		g->watch->message(g, message);
	else if (!p->ready) {
		p->ready = true;
		g->watch->ready(g);
	}
}

static bool
stage_gone(const struct generation *g, enum child_stage stage)
{
	for (size_t i = 0; i < g->n_children; i++)
		if (g->child[i].role->stage == stage && g->child[i].pid != 0)
			return false;
	return true;
}

/* A child that was told to retire ends by itself. */
static void
stop_last_stage(struct generation *g)
{
	if (g->old == 0 || !stage_gone(g, CHILD_BEFORE_SERVING))
		return;
	for (size_t i = 0; i < g->n_children; i++) {
		if (g->child[i].stopping)
			continue;
		g->child[i].stopping = true;
		proc_send(&g->child[i], CHILD_LEAVE, -1);
	}
}

static void
on_exit_child(struct proc *p, int status)
{
	struct generation *g = p->owner;
	char name[PROC_NAME], text[64];

	if (status != 0)
		log_error("%s of generation %u ended by %s",
		    proc_name(p, name), g->number,
		    proc_status_text(status, text, sizeof text));
	stop_last_stage(g);
	g->watch->ended(g, p);
}

static void
on_exit_worker(struct proc *p, int status)
{
	struct generation *g = p->owner;

	stats_detach(g->stats, p->child.rpid);
	on_exit_child(p, status);
}

/* Workers are first: they have the first numbers of all that is per worker. */
static const struct child_role roles[] = { {
	.name = "worker",
	.sandbox = &sandbox_worker,
	.stage = CHILD_BEFORE_SERVING,
	.restarts = true,
	.needs = CHILD_NEEDS_LISTENERS | CHILD_NEEDS_TICKETS,
	.count = count_workers,
	.before = before_worker,
	.after = after_worker,
	.leave_parent = leave_master,
	.run = run_worker,
	.on_message = on_message,
	.on_exit = on_exit_worker
}, {
	.name = "reporter",
	.sandbox = &sandbox_reporter,
	.stage = CHILD_WHILE_SERVING,
	.restarts = true,
	.never_root = true,
	.needs = CHILD_NEEDS_STATS,
	.wanted = wants_reporter,
	.leave_parent = leave_master,
	.run = run_reporter,
	.on_exit = on_exit_child
} };

#define ROLES	(sizeof roles / sizeof *roles)

static size_t
count(const struct child_role *r, const struct generation *g)
{
	if (r->wanted != NULL && !r->wanted(g))
		return 0;
	return r->count != NULL ? r->count(g) : 1;
}

static int
make_children(struct generation *g, struct ev_loop *loop)
{
	size_t n = 0;

	for (size_t i = 0; i < ROLES; i++)
		n += count(&roles[i], g);
	if ((g->child = calloc(n, sizeof *g->child)) == NULL)
		return -1;
	for (size_t i = 0; i < ROLES; i++)
		for (unsigned k = 0; k < count(&roles[i], g); k++)
			proc_init(&g->child[g->n_children++], loop, &roles[i],
			    g, k);
	return 0;
}

int
children_start(struct generation *g, struct ev_loop *loop,
    const struct children_watch *watch)
{
	g->watch = watch;
	if (make_children(g, loop) != 0 ||
	    signer_channels_init(&g->signers, g->keyguard, loop, g->conf,
	    g->child, g->n_workers) != 0)
		return -1;
	g->signers.generation = g->number;
	if (watchdog_start(&g->watchdog, loop, g->child, g->n_workers,
	    g->conf->watchdog) != 0)
		return -1;
	for (size_t i = 0; i < g->n_children; i++)
		if (g->child[i].role->stage == CHILD_BEFORE_SERVING &&
		    proc_start(&g->child[i]) == -1)
			return -1;
	return 0;
}

void
children_serve(struct generation *g)
{
	for (size_t i = 0; i < g->n_children; i++) {
		struct proc *p = &g->child[i];

		if (p->role->stage != CHILD_WHILE_SERVING ||
		    proc_start(p) == 0)
			continue;
		log_error("%s: cannot fork: %s", p->role->name,
		    strerror(errno));
		proc_restart(p);
	}
}

void
children_yield(struct generation *g, const struct generation *successor)
{
	for (size_t i = 0; i < g->n_children; i++) {
		struct proc *p = &g->child[i];

		if (p->role->stage != CHILD_WHILE_SERVING)
			continue;
		proc_cancel(p);
		p->stopping = true;
		proc_send(p, CHILD_RETIRE, -1);
	}
	stats_listeners_close(&g->stats_listeners, &successor->stats_listeners);
}

void
children_stop(struct generation *g, char message)
{
	for (size_t i = 0; i < g->n_children; i++) {
		struct proc *p = &g->child[i];

		proc_cancel(p);
		if (p->role->stage != CHILD_BEFORE_SERVING)
			continue;
		p->stopping = true;
		proc_send(p, message, -1);
	}
	stop_last_stage(g);
}

void
children_send(struct generation *g, char message, int fd)
{
	for (size_t i = 0; i < g->n_children; i++)
		proc_send(&g->child[i], message, fd);
}

void
children_kill(struct generation *g)
{
	for (size_t i = 0; i < g->n_children; i++)
		if (g->child[i].pid != 0)
			kill(g->child[i].pid, SIGKILL);
}

bool
children_gone(const struct generation *g)
{
	return stage_gone(g, CHILD_BEFORE_SERVING) &&
	    stage_gone(g, CHILD_WHILE_SERVING);
}

bool
children_ready(const struct generation *g)
{
	for (size_t i = 0; i < g->n_children; i++)
		if (g->child[i].role->stage == CHILD_BEFORE_SERVING &&
		    !g->child[i].ready)
			return false;
	return true;
}

void
children_forget(struct generation *g)
{
	watchdog_stop(&g->watchdog);
	signer_channels_clear(&g->signers);
	for (size_t i = 0; i < g->n_children; i++)
		proc_forget(&g->child[i]);
	free(g->child);
	g->child = NULL;
	g->n_children = 0;
}
