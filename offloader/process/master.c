/*
 * master.c - signals, reload, supervision.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/os_daemon.h"
#include "base/os_pidfile.h"
#include "process/logbook.h"
#include "process/tickets.h"
#include "process/master.h"

struct master {
	const struct master_start *start;
	struct ev_loop *loop;
	struct succession succession;
	struct cert_store *store;
	struct tickets tickets;
	ev_signal hup, usr1, term, intr;
	bool again;			/* a HUP came while one was served */
	int status;			/* of the program */
	int daemon;			/* for os_daemon_ready(), or -1 */
	int pidfile;			/* or -1 */
	char *pidfile_path;
};

/* ------------------------------------------------- reload --------------- */

/* Everything a generation needs before its workers are started. */
static struct generation *
prepare(struct master *m, struct conf *conf, struct faults *faults)
{
	struct generation *g = generation_load(conf, m->store,
	    m->tickets.slot, faults);
	struct err e;

	if (faults->n > 0) {
		generation_free(g);
		return NULL;
	}
	if (generation_open(g, m->succession.current, &e) == 0 &&
	    logbook_open(g->conf, &e) == 0)
		return g;
	faults_add(faults, &e);
	generation_free(g);
	return NULL;
}

static void
say_in_log(const char *sentence)
{
	log_error("%s", sentence);
}

static void
warn_in_log(const char *sentence)
{
	log_warn("%s", sentence);
}

static void
reload(struct master *m)
{
	struct faults faults = { .say = say_in_log };
	struct conf *conf = conf_load(m->start->argc, m->start->argv,
	    say_in_log, &faults.first);
	struct generation *g = NULL;

	if (conf != NULL) {
		if (conf_keep(conf, m->succession.current->conf,
		    warn_in_log) != 0)
			log_error("out of memory");
		g = prepare(m, conf, &faults);
	}
	if (g == NULL)
		log_error("reload refused; generation %u goes on",
		    m->succession.current->number);
	else
		succession_begin(&m->succession, g);
}

/* Whoever asked for it had to wait, perhaps. */
static void
on_room(void *master)
{
	struct master *m = master;

	if (!m->again || m->succession.ending ||
	    m->succession.current == NULL ||
	    !succession_has_room(&m->succession))
		return;
	m->again = false;
	reload(m);
}

/* ------------------------------------------------- signals -------------- */

static void
on_hup(struct ev_loop *loop, ev_signal *s, int events)
{
	struct master *m = s->data;

	(void)loop;
	(void)events;
	if (m->succession.ending)
		return;
	/* However many come meanwhile: one more reload sees what they mean. */
	m->again = true;
	on_room(m);
}

static void
on_usr1(struct ev_loop *loop, ev_signal *s, int events)
{
	struct master *m = s->data;

	(void)loop;
	(void)events;
	logbook_reopen(&m->succession);
}

/* Once: let everybody finish. Twice, or by hand from a terminal: now. */
static void
on_end(struct ev_loop *loop, ev_signal *s, int events)
{
	struct master *m = s->data;
	bool now = m->succession.ending || s->signum == SIGINT;

	(void)loop;
	(void)events;
	log_info("%s: %s", strsignal(s->signum), now ? "ending" : "draining");
	succession_end(&m->succession, now);
}

static void
watch_signal(struct master *m, ev_signal *s, int number,
    void (*on)(struct ev_loop *, ev_signal *, int))
{
	ev_signal_init(s, on, number);
	s->data = m;
	ev_signal_start(m->loop, s);
}

/* ------------------------------------------------- succession ----------- */

static void
in_child(void *master)
{
	struct master *m = master;

	ev_signal_stop(m->loop, &m->hup);
	ev_signal_stop(m->loop, &m->usr1);
	ev_signal_stop(m->loop, &m->term);
	ev_signal_stop(m->loop, &m->intr);
	if (m->daemon != -1)
		close(m->daemon);
	if (m->pidfile != -1)
		close(m->pidfile);
}

static void
on_settled(void *master, bool serves)
{
	struct master *m = master;

	if (serves) {
		tickets_follow(&m->tickets, m->succession.current);
		os_daemon_ready(m->daemon, 0);
		m->daemon = -1;
		logbook_share(&m->succession);
	} else
		logbook_reopen(&m->succession);
	on_room(m);
	if (m->succession.current == NULL)
		m->status = EX_OSERR;
}

static void
on_empty(void *master)
{
	struct master *m = master;

	ev_break(m->loop, EVBREAK_ALL);
}

static const struct succession_watch watch = {
	.in_child = in_child,
	.settled = on_settled,
	.room = on_room,
	.empty = on_empty
};

/* ------------------------------------------------- life ----------------- */

static int
init(struct master *m)
{
	m->loop = ev_default_loop(EVFLAG_NOENV);
	m->store = cert_store_new();
	if (m->loop == NULL || m->store == NULL ||
	    tickets_init(&m->tickets, m->loop) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	succession_init(&m->succession, m->loop, &watch, m);
	watch_signal(m, &m->hup, SIGHUP, on_hup);
	watch_signal(m, &m->usr1, SIGUSR1, on_usr1);
	watch_signal(m, &m->term, SIGTERM, on_end);
	watch_signal(m, &m->intr, SIGINT, on_end);
	return 0;
}

static void
clear(struct master *m)
{
	os_pidfile_remove(m->pidfile, m->pidfile_path);
	free(m->pidfile_path);
	tickets_clear(&m->tickets);
	cert_store_free(m->store);
	if (m->loop != NULL)
		ev_loop_destroy(m->loop);
	os_daemon_ready(m->daemon, m->status);
}

static int
take_pidfile(struct master *m, const struct conf *c, struct err *e)
{
	if (c->pidfile == NULL)
		return 0;
	if ((m->pidfile_path = strdup(c->pidfile)) == NULL)
		return err_set_kind(e, ERR_OS, "out of memory");
	if ((m->pidfile = os_pidfile_take(c->pidfile, e)) == -1)
		return err_at(e, conf_where(c, c, "pidfile"));
	return os_pidfile_write(m->pidfile, c->pidfile, e);
}

/* The first generation. From here on the loop is all there is. */
static int
serve(struct master *m, struct conf *conf)
{
	struct faults faults = { .say = m->start->say };
	struct generation *g;
	struct err e;

	if (logbook_open(conf, &e) != 0) {
		faults_add(&faults, &e);
		conf_free(conf);
		return err_exit_status(&e);
	}
	if ((g = prepare(m, conf, &faults)) == NULL)
		return err_exit_status(&faults.first);
	if (take_pidfile(m, g->conf, &e) != 0) {
		faults_add(&faults, &e);
		generation_free(g);
		return err_exit_status(&e);
	}
	/* Before the first client: the file's keys, not those by chance. */
	tickets_follow(&m->tickets, g);
	succession_begin(&m->succession, g);
	if (!TAILQ_EMPTY(&m->succession.all))
		ev_run(m->loop, 0);
	succession_clear(&m->succession);
	return m->status;
}

int
master_run(const struct master_start *start, struct conf *conf)
{
	struct master m = { .start = start, .daemon = -1, .pidfile = -1 };
	struct err e;

	if (conf->daemon && (m.daemon = os_daemonize(&e)) == -1) {
		start->say(e.text);
		conf_free(conf);
		return err_exit_status(&e);
	}
	if (init(&m) == 0)
		m.status = serve(&m, conf);
	else {
		start->say("cannot begin: no memory or no randomness");
		conf_free(conf);
		m.status = EX_OSERR;
	}
	clear(&m);
	return m.status;
}
