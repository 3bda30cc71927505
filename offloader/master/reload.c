/*
 * reload.c - the part of the master that reads its configuration again.
 */
#include "config/load.h"
#include "log/log.h"
#include "master/inherited_sockets.h"
#include "master/keys.h"
#include "master/log_files.h"
#include "master/publish.h"
#include "master/reload.h"

struct generation *
master_prepare(struct master *m, struct conf *conf, struct faults *faults)
{
	struct listeners handed = { 0 };
	struct generation *g;
	struct err e;

	if (master_update_keyguard(m, conf, &e) != 0) {
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
		g->keyguard = &m->keyguard;
	if (m->generations.current == NULL)
		inherit_sockets(&handed, g, &m->start->handed->sockets);
	g->snapshot = m->snapshot;
	if (generation_open(g, m->generations.current, &handed, m->stats,
	    &e) != 0 ||
	    log_files_open(g->conf, &e) != 0) {
		faults_add(faults, &e);
		generation_free(g);
		g = NULL;
	}
	listeners_close(&handed);
	return g;
}

static void
log_fault(const char *message)
{
	log_error("%s", message);
}

static void
log_warning(const char *message)
{
	log_warn("%s", message);
}

void
master_reload_settled(struct master *m, const char *why)
{
	char line[MASTER_LINE];

	/* The first generation is no reload. */
	if (m->reload.begun > m->reload.settled) {
		result_settle(&m->reload, m->generations.current->number, why);
		master_count_reload(m, why == NULL);
	}
	master_publish(m);
	sd_notify_ready(&m->supervisor, master_line(m, line));
	control_again(&m->control);
}

static void
reload(struct master *m)
{
	struct faults faults = { .say = log_fault };
	struct conf *conf;
	struct generation *g = NULL;
	char line[MASTER_LINE];

	result_begin(&m->reload);
	sd_notify_reloading(&m->supervisor, master_line(m, line));
	conf = conf_load(m->start->argc, m->start->argv, log_fault,
	    &faults.first);
	if (conf != NULL) {
		if (conf_keep(conf, m->generations.current->conf,
		    log_warning) != 0)
			log_error("out of memory");
		g = master_prepare(m, conf, &faults);
	}
	if (g != NULL) {
		generations_begin(&m->generations, g);
		return;
	}
	log_error("reload refused: generation %u still serves",
	    m->generations.current->number);
	master_reload_settled(m, faults.first.text);
}

void
master_try_reload(struct master *m)
{
	if (!m->reload_wanted || m->generations.ending ||
	    m->generations.current == NULL || m->successor.pid != 0 ||
	    !generations_has_room(&m->generations))
		return;
	m->reload_wanted = false;
	reload(m);
}

void
master_want_reload(struct master *m)
{
	m->reload_wanted = true;
	master_try_reload(m);
}
