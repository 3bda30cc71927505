/*
 * logbook.c - the log of the master and of all its workers.
 */
#include "base/log.h"
#include "serve/worker.h"
#include "process/logbook.h"

int
logbook_open(const struct conf *c, struct err *e)
{
	const struct log_sink sink = {
		.level = c->log_level,
		.file = c->log_filename,
		.syslog = c->syslog,
		.facility = conf_facility(c),
		.quiet = c->daemon || c->log_filename != NULL
	};

	return log_open(&sink, e) == 0 ? 0 :
	    err_at(e, conf_where(c, c, "log-filename"));
}

void
logbook_share(struct succession *s)
{
	if (log_file() != -1)
		succession_tell(s, WORD_LOG, log_file());
}

void
logbook_reopen(struct succession *s)
{
	const struct generation *g = s->coming != NULL ? s->coming :
	    s->current;
	struct err e;

	if (g == NULL)
		return;
	if (logbook_open(g->conf, &e) != 0)
		log_error("%s", e.text);
	logbook_share(s);
}
