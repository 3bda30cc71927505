/*
 * lifecycle.c - what only one master can have, and its end.
 */
#include <string.h>
#include <unistd.h>

#include "base/os_daemon.h"
#include "log/log.h"
#include "master/publish.h"
#include "master/lifecycle.h"

static int
take_pidfile(struct master *m, const struct conf *c, struct err *e)
{
	if (c->pidfile == NULL)
		return 0;
	if ((m->pidfile_path = strdup(c->pidfile)) == NULL)
		return err_memory(e, NULL);
	if ((m->pidfile = os_pidfile_take(c->pidfile, e)) == -1)
		return err_at(e, conf_where(c, c, "pidfile"));
	return os_pidfile_write(m->pidfile, c->pidfile, e);
}

static int
open_control(struct master *m, const struct conf *c, struct err *e)
{
	if (c->control_socket == NULL ||
	    control_open(&m->control, c->control_socket, e) == 0)
		return 0;
	return err_at(e, conf_where(c, c, "control-socket"));
}

int
master_settle(struct master *m, const struct conf *c, struct err *e)
{
	m->settled = true;
	return take_pidfile(m, c, e) == 0 && open_control(m, c, e) == 0 ?
	    0 : -1;
}

void
master_end(struct master *m, bool now, const char *why)
{
	char line[MASTER_LINE];

	log_info("%s: %s", why, now ? "ending" : "draining");
	upgrade_cancel(&m->successor);
	generations_end(&m->generations, now);
	sd_notify_stopping(&m->supervisor, master_line(m, line));
	control_again(&m->control);
}

void
master_leave(struct master *m)
{
	log_set_hooks(&(struct log_hooks){ 0 });
	ev_signal_stop(m->loop, &m->hup);
	ev_signal_stop(m->loop, &m->usr1);
	ev_signal_stop(m->loop, &m->usr2);
	ev_signal_stop(m->loop, &m->term);
	ev_signal_stop(m->loop, &m->intr);
	control_leave(&m->control);
	upgrade_leave(&m->successor);
	handover_leave(m->start->handed);
	stats_leave(m->stats);
	if (m->daemon != -1)
		close(m->daemon);
	if (m->pidfile != -1)
		close(m->pidfile);
	keyguard_client_leave(&m->keyguard);
}
