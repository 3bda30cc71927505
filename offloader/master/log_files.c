/*
 * log_files.c - the log of the master and of all its workers.
 */
#include "base/child_message.h"
#include "log/log.h"
#include "master/log_files.h"

int
log_files_open(const struct conf *c, struct err *e)
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
share(struct generations *s, char word, enum log_part part)
{
	if (log_fd(part) != -1)
		generations_tell(s, word, log_fd(part));
}

void
log_files_share(struct generations *s)
{
	share(s, CHILD_LOG, LOG_PART_FILE);
	share(s, CHILD_ACCESS_LOG, LOG_PART_ACCESS);
}

bool
log_files_mend(struct generations *s)
{
	if (!log_reach_syslog())
		return false;
	share(s, CHILD_SYSLOG, LOG_PART_SYSLOG);
	return true;
}

void
log_files_reopen(struct generations *s)
{
	const struct generation *g = s->coming != NULL ? s->coming :
	    s->current;
	struct err e;

	if (g == NULL)
		return;
	if (log_files_open(g->conf, &e) != 0)
		log_error("%s", e.text);
}
