/*
 * counters.c - what one process has counted.
 */
#include "stats/counters.h"

static void
add_to_histogram(struct tally *t, unsigned at, const uint64_t *bounds,
    unsigned n, uint64_t value)
{
	unsigned i = 0;

	while (i < n && value > bounds[i])
		i++;
	tally_add(t, at + i, 1);
	tally_add(t, at + n + 1, value);
}

void
tally_add_time(struct tally *t, enum board_cell at, double seconds)
{
	add_to_histogram(t, at, board_time_bounds, BOARD_TIME_BOUNDS,
	    seconds > 0 ? (uint64_t)(seconds * BOARD_SECOND) : 0);
}

void
tally_add_size(struct tally *t, enum board_cell at, size_t bytes)
{
	add_to_histogram(t, at, board_size_bounds, BOARD_SIZE_BOUNDS, bytes);
}

void
tally_add_handshake(struct tally *t, unsigned version, unsigned cipher,
    const char *group, bool resumed)
{
	tally_bump(&t->handshake[board_cipher(cipher)][board_group(group)]
	    [board_version(version)][resumed], 1);
}
