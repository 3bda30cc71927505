/*
 * take_over.c - the part of the master that starts the next one, and the part
 * that is the next one.
 */
#include <signal.h>
#include <unistd.h>

#include "base/os_daemon.h"
#include "log/log.h"
#include "master/lifecycle.h"
#include "master/publish.h"
#include "master/reload.h"
#include "master/take_over.h"

/* The new master serves. This one only drains from here on. */
static void
on_serves(void *master, pid_t successor)
{
	struct master *m = master;
	char line[MASTER_LINE];

	result_settle(&m->upgrade, m->generations.current->number, NULL);
	log_info("upgrade: process %ld serves", (long)successor);
	sd_notify_yield(&m->supervisor, successor, master_line(m, line));
	os_pidfile_yield(m->pidfile);
	control_close(&m->control);
	master_yield_stats(m);
	/* Our reporter must not show its last clients that we drain. */
	ev_prepare_stop(m->loop, &m->publish);
	generations_yield(&m->generations);
	/* It may have read its configuration before the reload was wanted. */
	if (m->reload_wanted)
		kill(successor, SIGHUP);
	control_again(&m->control);
	master_end(m, false, "upgraded");
}

static void
settle_failed(struct master *m, const char *why)
{
	char line[MASTER_LINE];

	log_error("upgrade: %s; generation %u still serves", why,
	    m->generations.current->number);
	result_settle(&m->upgrade, m->generations.current->number, why);
	sd_notify_ready(&m->supervisor, master_line(m, line));
	control_again(&m->control);
	master_try_reload(m);
}

static void
on_failed(void *master, const char *why)
{
	settle_failed(master, why);
}

const struct upgrade_watch master_upgrade_watch = {
	.serves = on_serves,
	.failed = on_failed
};

static int
begin(struct master *m, struct err *e)
{
	struct upgrade_args args = { .argv = m->start->argv,
	    .notify = &m->supervisor.to };
	int r;

	if (m->generations.ending)
		return err_set_kind(e, ERR_OS, "the master is draining");
	if (m->generations.coming != NULL || m->generations.current == NULL)
		return err_set_kind(e, ERR_OS, "a reload is under way");
	args.conf = m->generations.current->conf;
	args.listeners = &m->generations.current->listeners;
	args.stats_listeners = &m->generations.current->stats_listeners;
	args.tickets = ticket_rotation_hand(&m->tickets);
	args.stats = stats_fd(m->stats);
	r = upgrade_begin(&m->successor, &args, e);
	if (args.tickets != -1)
		close(args.tickets);
	return r;
}

int
master_want_upgrade(struct master *m, struct err *e)
{
	char line[MASTER_LINE];

	if (begin(m, e) != 0) {
		log_error("upgrade refused: %s", e->text);
		return -1;
	}
	result_begin(&m->upgrade);
	sd_notify_reloading(&m->supervisor, master_line(m, line));
	return 0;
}

void
master_take_over(struct master *m)
{
	struct err e;

	handover_ready(m->start->handed);
	if (master_settle(m, m->generations.current->conf, &e) != 0)
		log_error("%s", e.text);
	result_begin(&m->upgrade);
	result_settle(&m->upgrade, m->generations.current->number, NULL);
}
