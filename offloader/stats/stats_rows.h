/*
 * stats_rows.h - what is counted: one row for each statistic.
 *
 * The values of a row are cells of 64 bits: of each process, of each frontend,
 * or in the table of handshakes. Times are counted in microseconds. Labels are
 * closed lists, so that a client cannot create new ones.
 */
#ifndef OFFLOADER_STATS_ROWS_H
#define OFFLOADER_STATS_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* room for enum end_reason, which is above */
#define STATS_REASONS		64
#define STATS_TIME_BOUNDS	14	/* of a histogram; see stats_rows.c */
#define STATS_SIZE_BOUNDS	10

/* Cells of a histogram: one for each bound, one beyond, the sum. */
#define STATS_HISTOGRAM(bounds)	((bounds) + 2)

#define STATS_SECOND	1000000	/* as it is counted */

/* A process's cells: the first of each row. */
enum stats_cell {
	STATS_REFUSED,
	STATS_PAUSES,
	STATS_ENDED,			/* one for each reason */
	STATS_HANDSHAKE_TIME = STATS_ENDED + STATS_REASONS,
	STATS_CONNECTS = STATS_HANDSHAKE_TIME +
	    STATS_HISTOGRAM(STATS_TIME_BOUNDS),
	STATS_CONNECT_FAILURES,
	STATS_CONNECT_TIME,
	STATS_HEADER_SIZE = STATS_CONNECT_TIME +
	    STATS_HISTOGRAM(STATS_TIME_BOUNDS),
	STATS_TLVS_LEFT_OUT = STATS_HEADER_SIZE +
	    STATS_HISTOGRAM(STATS_SIZE_BOUNDS),
	STATS_TICKETS_ISSUED,
	STATS_TICKETS_ACCEPTED,
	STATS_TICKETS_EXPIRED,
	STATS_KEY_OK,			/* key operations: these four */
	STATS_KEY_REFUSED,
	STATS_KEY_FAILED,
	STATS_KEY_LOST,
	STATS_LOG_LINES_LOST,
	STATS_LOOP_LAG,
	STATS_WORKERS,
	STATS_WORKERS_DRAINING,
	/* These belong to the master. */
	STATS_RESTARTS,
	STATS_RELOADS_OK,
	STATS_RELOADS_FAILED,
	STATS_LAST_RELOAD_OK,
	STATS_GENERATION,
	STATS_START_TIME,
	STATS_CELLS
};

/* The cells that each frontend has, in each process. */
enum stats_front_cell {
	STATS_FRONT_CONNECTIONS,
	STATS_FRONT_ACTIVE,
	STATS_FRONT_HANDSHAKES,
	STATS_FRONT_IN,			/* bytes from the client, and to it */
	STATS_FRONT_OUT,
	STATS_FRONT_CELLS = 8		/* a line of the cache */
};

/* The last of each is "other". */
#define STATS_VERSIONS	3
#define STATS_CIPHERS	49
#define STATS_GROUPS	17

enum stats_kind { STATS_COUNTER, STATS_GAUGE, STATS_BIGGEST, STATS_TIMES };
/* BIGGEST is a gauge whose maximum counts, not the sum; TIMES a histogram. */

enum stats_unit { STATS_NUMBER, STATS_BYTES, STATS_SECONDS };

enum stats_place {
	STATS_PROCESS,		/* cells of enum stats_cell, from .at on */
	STATS_FRONT,		/* of enum stats_front_cell, with the label
				   "frontend" before others */
	STATS_HANDSHAKE,	/* the table */
	/* Not counted: known when the metrics are written. */
	STATS_CERTIFICATES,
	STATS_BUILD
};

struct stats_row {
	const char *name;		/* Prometheus's */
	enum stats_kind kind;
	enum stats_unit unit;
	enum stats_place place;
	unsigned at;			/* the first cell */
	const char *label;		/* NULL: none, and one cell */
	const char *const *values;	/* of the label */
	unsigned n;			/* cells, or values of the label */
	unsigned skip;			/* values at first that never occur */
	unsigned room;			/* cells for values to come; or 0 */
	const uint64_t *bounds;		/* of a histogram, as it is counted */
	unsigned n_bounds;
	const char *help;		/* a sentence */
};

extern const struct stats_row stats_rows[];
extern const size_t stats_n_rows;

/* The names of the indexes into the table of handshakes. */
extern const char *const stats_versions[STATS_VERSIONS];
extern const char *const stats_groups[STATS_GROUPS];

/* Indexes of a wire version, a cipher's two bytes, a group's name (or NULL). */
unsigned stats_version(unsigned wire);
unsigned stats_cipher(unsigned id);
unsigned stats_group(const char *name);
const char *stats_cipher_name(unsigned place);	/* OpenSSL's */

/*
 * A hash of the meaning of every cell, for memory of that many bytes: a program
 * must not add to cells that have another meaning.
 */
uint64_t stats_layout(uint64_t size);

/* The bounds of time and size histograms. */
extern const uint64_t stats_time_bounds[STATS_TIME_BOUNDS];
extern const uint64_t stats_size_bounds[STATS_SIZE_BOUNDS];

#endif
