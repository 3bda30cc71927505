/*
 * log_files.c - opens the log files and gives them to all processes.
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
share(struct master *m, char message, enum log_part part)
{
	if (log_fd(part) != -1)
		generations_send(&m->generations, message, log_fd(part));
}

void
log_files_share(struct master *m)
{
	share(m, CHILD_LOG, LOG_PART_FILE);
	share(m, CHILD_ACCESS_LOG, LOG_PART_ACCESS);
	keyguard_client_log(&m->keyguard, LOG_PART_FILE);
}

void
log_files_reconnect(struct master *m)
{
	if (!log_reach_syslog())
		return;
	share(m, CHILD_SYSLOG, LOG_PART_SYSLOG);
	keyguard_client_log(&m->keyguard, LOG_PART_SYSLOG);
}

void
log_files_reopen(struct master *m)
{
	const struct generation *g = m->generations.coming != NULL ?
	    m->generations.coming : m->generations.current;
	struct err e;

	if (g != NULL && log_files_open(g->conf, &e) != 0)
		log_error("%s", e.text);
	log_files_share(m);
}
