/*
 * stats_rows.h - what is counted: one row for each statistic.
 *
 * A row's figures are cells of 64 bits: of each process, or for each frontend,
 * or in the table of handshakes. Seconds are counted in microseconds. Labels
 * are closed lists, so that nobody outside can make more of them.
 */
#ifndef OFFLOADER_STATS_ROWS_H
#define OFFLOADER_STATS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#define BOARD_REASONS		64	/* room for enum end, whoever has it */
#define BOARD_TIME_BOUNDS	14	/* of a histogram; see stats_rows.c */
#define BOARD_SIZE_BOUNDS	10

/* Cells of a histogram: one for each bound, one beyond, the sum. */
#define BOARD_HISTOGRAM(bounds)	((bounds) + 2)

#define BOARD_SECOND	1000000	/* as it is counted */

/* A process's cells: the first of each row. */
enum board_cell {
	BOARD_REFUSED,
	BOARD_PAUSES,
	BOARD_ENDED,			/* one for each reason */
	BOARD_HANDSHAKE_TIME = BOARD_ENDED + BOARD_REASONS,
	BOARD_CONNECTS = BOARD_HANDSHAKE_TIME +
	    BOARD_HISTOGRAM(BOARD_TIME_BOUNDS),
	BOARD_CONNECT_FAILURES,
	BOARD_CONNECT_TIME,
	BOARD_HEADER_SIZE = BOARD_CONNECT_TIME +
	    BOARD_HISTOGRAM(BOARD_TIME_BOUNDS),
	BOARD_TLVS_LEFT_OUT = BOARD_HEADER_SIZE +
	    BOARD_HISTOGRAM(BOARD_SIZE_BOUNDS),
	BOARD_TICKETS_ISSUED,
	BOARD_TICKETS_ACCEPTED,
	BOARD_TICKETS_EXPIRED,
	BOARD_KEY_OK,			/* key operations: these four */
	BOARD_KEY_REFUSED,
	BOARD_KEY_FAILED,
	BOARD_KEY_LOST,
	BOARD_LOG_LINES_LOST,
	BOARD_LOOP_LAG,
	BOARD_WORKERS,
	BOARD_WORKERS_DRAINING,
	/* Those of the master. */
	BOARD_RESTARTS,
	BOARD_RELOADS_OK,
	BOARD_RELOADS_FAILED,
	BOARD_LAST_RELOAD_OK,
	BOARD_GENERATION,
	BOARD_START_TIME,
	BOARD_CELLS
};

/* The cells that each frontend has, in each process. */
enum board_front_cell {
	BOARD_FRONT_CONNECTIONS,
	BOARD_FRONT_ACTIVE,
	BOARD_FRONT_HANDSHAKES,
	BOARD_FRONT_IN,			/* bytes from the client, and to it */
	BOARD_FRONT_OUT,
	BOARD_FRONT_CELLS = 8		/* a line of the cache */
};

/* The last of each is "other". */
#define BOARD_VERSIONS	3
#define BOARD_CIPHERS	49
#define BOARD_GROUPS	17

enum board_kind { BOARD_COUNTER, BOARD_GAUGE, BOARD_BIGGEST, BOARD_TIMES };
/* BIGGEST is a gauge of which not the sum counts; TIMES is a histogram. */

enum board_unit { BOARD_NUMBER, BOARD_BYTES, BOARD_SECONDS };

enum board_place {
	BOARD_PROCESS,		/* cells of enum board_cell, from .at on */
	BOARD_FRONT,		/* of enum board_front_cell, with the label
				   "frontend" before others */
	BOARD_HANDSHAKE,	/* the table */
	/* Not counted: whoever writes it knows it. */
	BOARD_CERTIFICATES,
	BOARD_BUILD
};

struct board_row {
	const char *name;		/* Prometheus's */
	enum board_kind kind;
	enum board_unit unit;
	enum board_place place;
	unsigned at;			/* the first cell */
	const char *label;		/* NULL: none, and one cell */
	const char *const *values;	/* NULL with a label: end_name()'s */
	unsigned n;			/* cells, or values of the label */
	const uint64_t *bounds;		/* of a histogram, as it is counted */
	unsigned n_bounds;
	const char *help;		/* a sentence */
};

extern const struct board_row board_rows[];
extern const size_t board_n_rows;

/* Where a handshake is counted, and what the places are called. */
extern const char *const board_versions[BOARD_VERSIONS];
extern const char *const board_groups[BOARD_GROUPS];

/* A version as on the wire; a cipher's two bytes; a group by name, or NULL. */
unsigned board_version(unsigned wire);
unsigned board_cipher(unsigned id);
unsigned board_group(const char *name);
const char *board_cipher_name(unsigned place);	/* OpenSSL's */

/*
 * What each cell means, in one number, for memory of that many bytes: nobody
 * is to add to what has another meaning.
 */
uint64_t board_layout(uint64_t size);

/* The bounds of time and size histograms. */
extern const uint64_t board_time_bounds[BOARD_TIME_BOUNDS];
extern const uint64_t board_size_bounds[BOARD_SIZE_BOUNDS];

#endif
