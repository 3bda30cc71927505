/*
 * master.c - signals, reload, supervision.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/os_daemon.h"
#include "log/log.h"
#include "master/commands.h"
#include "master/keys.h"
#include "master/lifecycle.h"
#include "master/log_files.h"
#include "master/publish.h"
#include "master/reload.h"
#include "master/take_over.h"
#include "master/master.h"

/* ------------------------------------------------- signals -------------- */

static void
on_hup(struct ev_loop *loop, ev_signal *s, int events)
{
	struct master *m = s->data;

	(void)loop;
	(void)events;
	if (!m->generations.ending)
		master_want_reload(m);
}

static void
on_usr1(struct ev_loop *loop, ev_signal *s, int events)
{
	(void)loop;
	(void)events;
	log_files_reopen(s->data);
}

static void
on_usr2(struct ev_loop *loop, ev_signal *s, int events)
{
	struct err e;

	(void)loop;
	(void)events;
	(void)master_want_upgrade(s->data, &e);
}

/* The first SIGTERM drains. A second one, or SIGINT, ends at once. */
static void
on_end(struct ev_loop *loop, ev_signal *s, int events)
{
	struct master *m = s->data;

	(void)loop;
	(void)events;
	master_end(m, m->generations.ending || s->signum == SIGINT,
	    strsignal(s->signum));
}

static void
watch_signal(struct master *m, ev_signal *s, int number,
    void (*on)(struct ev_loop *, ev_signal *, int))
{
	ev_signal_init(s, on, number);
	s->data = m;
	ev_signal_start(m->loop, s);
}

/* After each turn of the loop, whatever has happened in it. */
static void
on_publish(struct ev_loop *loop, ev_prepare *p, int events)
{
	(void)loop;
	(void)events;
	master_publish(p->data);
}

/* ------------------------------------------------- generations ----------- */

static void
in_child(void *master)
{
	master_leave(master);
}

static void
on_settled(void *master, const char *why)
{
	struct master *m = master;

	if (why == NULL) {
		ticket_rotation_follow(&m->tickets, m->generations.current);
		os_daemon_ready(m->daemon, 0);
		m->daemon = -1;
		log_files_share(m);
		if (!m->settled)
			master_take_over(m);
		master_count_generation(m);
		/* The reporter must find the new state. */
		master_publish(m);
		children_serve(m->generations.current);
	} else
		log_files_reopen(m);
	if (m->generations.current != NULL)
		master_reload_settled(m, why);
	else {
		handover_fail(m->start->handed, why);
		m->status = EX_OSERR;
	}
	master_try_reload(m);
}

static void
on_replaced(void *master)
{
	struct master *m = master;

	counters_add(m->counters, STATS_RESTARTS, 1);
}

static void
on_room(void *master)
{
	master_try_reload(master);
}

static void
on_empty(void *master)
{
	struct master *m = master;

	ev_break(m->loop, EVBREAK_ALL);
}

static void
on_line_lost(void *master)
{
	const struct master *m = master;

	counters_add(m->counters, STATS_LOG_LINES_LOST, 1);
}

static void
on_syslog_lost(void *master)
{
	log_files_reconnect(master);
}

static const struct generations_watch watch = {
	.in_child = in_child,
	.settled = on_settled,
	.replaced = on_replaced,
	.room = on_room,
	.syslog_lost = on_syslog_lost,
	.empty = on_empty
};

/* ------------------------------------------------- life ----------------- */

static int
init(struct master *m)
{
	signal(SIGPIPE, SIG_IGN);
	/* A write beyond the limit of file size must fail, not kill. */
	signal(SIGXFSZ, SIG_IGN);
	m->loop = ev_default_loop(EVFLAG_NOENV);
	m->snapshot = snapshot_new();
	if (m->loop == NULL || m->snapshot == NULL ||
	    ticket_rotation_init(&m->tickets, m->loop) != 0 ||
	    master_open_stats(m) != 0)
		return -1;
	sd_notify_init(&m->supervisor, m->loop);
	control_init(&m->control, m->loop, master_answer, m);
	upgrade_init(&m->successor, m->loop, m->start->argv[0],
	    &master_upgrade_watch, m);
	ticket_rotation_take(&m->tickets, m->start->handed->tickets);
	generations_init(&m->generations, m->loop, &watch, m);
	log_set_hooks(&(struct log_hooks){ on_line_lost, on_syslog_lost, m });
	ev_prepare_init(&m->publish, on_publish);
	m->publish.data = m;
	ev_prepare_start(m->loop, &m->publish);
	watch_signal(m, &m->hup, SIGHUP, on_hup);
	watch_signal(m, &m->usr1, SIGUSR1, on_usr1);
	watch_signal(m, &m->usr2, SIGUSR2, on_usr2);
	watch_signal(m, &m->term, SIGTERM, on_end);
	watch_signal(m, &m->intr, SIGINT, on_end);
	return 0;
}

static void
clear(struct master *m)
{
	log_set_hooks(&(struct log_hooks){ 0 });
	if (m->loop != NULL)
		control_end(&m->control);
	upgrade_clear(&m->successor);
	os_pidfile_remove(m->pidfile, m->pidfile_path);
	free(m->pidfile_path);
	ticket_rotation_clear(&m->tickets);
	master_close_keys(m);
	log_set_hooks(&(struct log_hooks){ 0 });
	stats_free(m->stats);
	snapshot_free(m->snapshot);
	if (m->loop != NULL)
		ev_loop_destroy(m->loop);
	os_daemon_ready(m->daemon, m->status);
}

/* Nothing is served yet. An old master that waits is told. */
static int
fail_start(struct master *m, const struct err *e)
{
	handover_fail(m->start->handed, e->text);
	return err_exit_status(e);
}

/* Starts the first generation, and runs the loop until the end. */
static int
serve(struct master *m, struct conf *conf)
{
	struct faults faults = { .say = m->start->say };
	struct generation *g;
	struct err e;

	if (log_files_open(conf, &e) != 0 ||
	    master_open_keys(m, conf, &e) != 0) {
		faults_add(&faults, &e);
		conf_free(conf);
		return fail_start(m, &e);
	}
	if ((g = master_prepare(m, conf, &faults)) == NULL)
		return fail_start(m, &faults.first);
	if (!handover_upgrades(m->start->handed) &&
	    master_settle(m, g->conf, &e) != 0) {
		faults_add(&faults, &e);
		generation_free(g);
		return fail_start(m, &e);
	}
	/* The first client must get keys of the file, not random ones. */
	ticket_rotation_follow(&m->tickets, g);
	generations_begin(&m->generations, g);
	if (!TAILQ_EMPTY(&m->generations.all))
		ev_run(m->loop, 0);
	generations_clear(&m->generations);
	return m->status;
}

int
master_run(const struct master_start *start, struct conf *conf)
{
	struct master m = { .start = start, .daemon = -1, .pidfile = -1,
	    .keyguard = { .channel = -1 }, .control = { .fd = -1 },
	    .started = time(NULL) };
	struct err e;

	/* After an upgrade it is a daemon already. */
	if (conf->daemon && !handover_upgrades(start->handed) &&
	    (m.daemon = os_daemonize(&e)) == -1) {
		start->say(e.text);
		conf_free(conf);
		return err_exit_status(&e);
	}
	if (init(&m) == 0)
		m.status = serve(&m, conf);
	else {
		start->say("cannot start: out of memory, or no random numbers");
		conf_free(conf);
		m.status = EX_OSERR;
	}
	clear(&m);
	return m.status;
}
