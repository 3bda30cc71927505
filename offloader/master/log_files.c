/*
 * log_files.c - the log of the master and of all its workers.
 */
#include "log/log.h"
#include "serve/worker.h"
#include "master/log_files.h"

int
logbook_open(const struct conf *c, struct err *e)
{
	const struct log_sink sink = {
		.level = c->log_level,
		.file = c->log_filename,
		.syslog = c->syslog,
		.facility = conf_facility(c),
		.quiet = c->daemon || c->log_filename != NULL,
		.leaves = c->daemon,
		.access = conf_access_log(c) != ACCESS_OFF ?
		    c->access_log_file : NULL,
		.file_at = conf_where(c, c, "log-filename"),
		.access_at = conf_where(c, c, "access-log-file")
	};

	return log_open(&sink, e);
}

static void
share(struct succession *s, char word, enum log_part part)
{
	if (log_part(part) != -1)
		succession_tell(s, word, log_part(part));
}

void
logbook_share(struct succession *s)
{
	share(s, WORD_LOG, LOG_PART_FILE);
	share(s, WORD_ACCESS_LOG, LOG_PART_ACCESS);
}

bool
logbook_mend(struct succession *s)
{
	if (!log_reach_syslog())
		return false;
	share(s, WORD_SYSLOG, LOG_PART_SYSLOG);
	return true;
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
}
