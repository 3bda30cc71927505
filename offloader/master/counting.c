/*
 * counting.c - the part of the master that keeps the board, and what it
 * counts there itself.
 */
#include <unistd.h>

#include "log/log.h"
#include "master/master_parts.h"

int
master_open_board(struct master *m)
{
	int handed = m->start->handed->board;
	bool fresh;

	m->board = board_new(handed, &fresh);
	if (m->board == NULL || (m->tally = board_sit(m->board)) == NULL)
		return -1;
	if (handed != -1 && fresh)
		log_warn("counters of another version were handed to us: they "
		    "begin anew");
	return 0;
}

/* Its gauges are those of whoever serves. */
void
master_yield_board(struct master *m)
{
	struct tally *next;

	board_rise(m->board, getpid());
	if ((next = board_sit(m->board)) != NULL)
		m->tally = next;
}

void
master_count_generation(struct master *m)
{
	tally_set(m->tally, BOARD_GENERATION, m->succession.current->number);
	tally_set(m->tally, BOARD_START_TIME,
	    (uint64_t)m->started * BOARD_SECOND);
	tally_set(m->tally, BOARD_LAST_RELOAD_OK, 1);
}

void
master_count_reload(struct master *m, bool ok)
{
	tally_add(m->tally, ok ? BOARD_RELOADS_OK : BOARD_RELOADS_FAILED, 1);
	tally_set(m->tally, BOARD_LAST_RELOAD_OK, ok);
}
