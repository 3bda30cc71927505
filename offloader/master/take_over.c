/*
 * take_over.c - the part of the master that starts the next one, and the
 * part that is the next one.
 */
#include <signal.h>
#include <unistd.h>

#include "base/os_pidfile.h"
#include "log/log.h"
#include "master/master_parts.h"

/* It serves. From here on we only drain. */
static void
on_serves(void *master, pid_t heir)
{
	struct master *m = master;
	char line[MASTER_LINE];

	outcome_settle(&m->upgrade, m->succession.current->number, NULL);
	log_info("upgrade: process %ld serves", (long)heir);
	herald_yield(&m->herald, heir, master_line(m, line));
	os_pidfile_yield(m->pidfile);
	control_close(&m->control);
	master_yield_board(m);
	/* Whoever still asks ours is not to hear that we drain. */
	ev_prepare_stop(m->loop, &m->publish);
	succession_silence(&m->succession);
	/* It may have read its configuration before we were told. */
	if (m->again)
		kill(heir, SIGHUP);
	control_again(&m->control);
	master_end(m, false, "upgraded");
}

static void
settle_failed(struct master *m, const char *why)
{
	char line[MASTER_LINE];

	log_error("upgrade: %s; generation %u goes on", why,
	    m->succession.current->number);
	outcome_settle(&m->upgrade, m->succession.current->number, why);
	herald_ready(&m->herald, master_line(m, line));
	control_again(&m->control);
	master_look_for_room(m);
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
	struct upgrade_gift gift = { .argv = m->start->argv,
	    .notify = &m->herald.to };
	int r;

	if (m->succession.ending)
		return err_set_kind(e, ERR_OS, "the master is draining");
	if (m->succession.coming != NULL || m->succession.current == NULL)
		return err_set_kind(e, ERR_OS, "a reload is under way");
	gift.conf = m->succession.current->conf;
	gift.seats = &m->succession.current->seats;
	gift.stats = &m->succession.current->stats;
	gift.tickets = tickets_hand(&m->tickets);
	gift.board = board_fd(m->board);
	r = upgrade_begin(&m->heir, &gift, e);
	if (gift.tickets != -1)
		close(gift.tickets);
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
	outcome_begin(&m->upgrade);
	herald_reloading(&m->herald, master_line(m, line));
	return 0;
}

void
master_take_over(struct master *m)
{
	struct err e;

	handover_ready(m->start->handed);
	if (master_settle(m, m->succession.current->conf, &e) != 0)
		log_error("%s", e.text);
	outcome_begin(&m->upgrade);
	outcome_settle(&m->upgrade, m->succession.current->number, NULL);
}
