/*
 * tally.h - what one run has done, and how long each unit of it took.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally {
	uint64_t units;		/* connections or requests brought to an end */
	uint64_t errors;	/* and those that were not */
	uint64_t resumed;	/* connections whose session was resumed */
	uint64_t bytes;		/* payload, both ways */
	int64_t began, ended;	/* net_now() */
	uint32_t *times;	/* us, one per unit, the first many of them */
	size_t ntimes;
};

void tally_begin(struct tally *);
void tally_unit(struct tally *, int64_t us);

/* One JSON object on standard output; sorts the times. */
void tally_print(struct tally *, const char *mode, size_t open);
void tally_free(struct tally *);

#endif
