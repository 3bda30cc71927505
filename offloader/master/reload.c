/*
 * reload.c - the part of the master that reads its configuration again.
 */
#include "log/log.h"
#include "master/inherited_sockets.h"
#include "master/log_files.h"
#include "master/master_parts.h"

struct generation *
master_prepare(struct master *m, struct conf *conf, struct faults *faults)
{
	struct seats handed = { 0 };
	struct generation *g;
	struct err e;

	if (master_begin_keyguard(m, conf, &e) != 0) {
		conf_free(conf);
		faults_add(faults, &e);
		return NULL;
	}
	g = generation_load(conf, m->store, m->tickets.slot, faults);
	if (faults->n > 0) {
		generation_free(g);
		return NULL;
	}
	if (g->conf->key_isolation)
		g->keylink = &m->keylink;
	if (m->succession.current == NULL)
		adopt(&handed, g, &m->start->handed->sockets);
	g->notice = m->notice;
	if (generation_open(g, m->succession.current, &handed, m->board,
	    &e) != 0 ||
	    logbook_open(g->conf, &e) != 0) {
		faults_add(faults, &e);
		generation_free(g);
		g = NULL;
	}
	seats_close(&handed);
	return g;
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

void
master_reload_settled(struct master *m, const char *why)
{
	char line[MASTER_LINE];

	/* The first generation is no reload. */
	if (m->reload.begun > m->reload.settled) {
		outcome_settle(&m->reload, m->succession.current->number, why);
		master_count_reload(m, why == NULL);
	}
	master_publish(m);
	herald_ready(&m->herald, master_line(m, line));
	control_again(&m->control);
}

static void
reload(struct master *m)
{
	struct faults faults = { .say = say_in_log };
	struct conf *conf;
	struct generation *g = NULL;
	char line[MASTER_LINE];

	outcome_begin(&m->reload);
	herald_reloading(&m->herald, master_line(m, line));
	conf = conf_load(m->start->argc, m->start->argv, say_in_log,
	    &faults.first);
	if (conf != NULL) {
		if (conf_keep(conf, m->succession.current->conf,
		    warn_in_log) != 0)
			log_error("out of memory");
		g = master_prepare(m, conf, &faults);
	}
	if (g != NULL) {
		succession_begin(&m->succession, g);
		return;
	}
	log_error("reload refused; generation %u goes on",
	    m->succession.current->number);
	master_reload_settled(m, faults.first.text);
}

/* Whoever asked for it had to wait, perhaps. */
void
master_look_for_room(struct master *m)
{
	if (!m->again || m->succession.ending ||
	    m->succession.current == NULL || m->heir.pid != 0 ||
	    !succession_has_room(&m->succession))
		return;
	m->again = false;
	reload(m);
}

void
master_want_reload(struct master *m)
{
	m->again = true;
	master_look_for_room(m);
}
