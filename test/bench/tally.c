/*
 * tally.c - what one run has done, and how long each unit of it took.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "tally.h"

#define TIMES_MAX	(1 << 20)

void
tally_begin(struct tally *t)
{
	uint32_t *times = t->times;

	if (times == NULL)
		times = calloc(TIMES_MAX, sizeof *times);
	if (times == NULL)
		err(1, NULL);
	memset(t, 0, sizeof *t);
	t->times = times;
	t->began = t->ended = net_now();
}

void
tally_unit(struct tally *t, int64_t us)
{
	t->units++;
	if (t->ntimes < TIMES_MAX)
		t->times[t->ntimes++] = (uint32_t)us;
}

static int
compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint32_t
percentile(const struct tally *t, unsigned int of_1000)
{
	size_t at = t->ntimes * of_1000 / 1000;

	if (t->ntimes == 0)
		return 0;
	return t->times[at < t->ntimes ? at : t->ntimes - 1];
}

void
tally_print(struct tally *t, const char *mode, size_t open)
{
	qsort(t->times, t->ntimes, sizeof *t->times, compare);
	printf("{\"mode\": \"%s\", \"units\": %llu, \"errors\": %llu, "
	    "\"resumed\": %llu, \"bytes\": %llu, \"seconds\": %.6f, "
	    "\"p50_us\": %u, \"p99_us\": %u, \"max_us\": %u, "
	    "\"open\": %zu}\n", mode,
	    (unsigned long long)t->units, (unsigned long long)t->errors,
	    (unsigned long long)t->resumed, (unsigned long long)t->bytes,
	    (double)(t->ended - t->began) / 1e6, percentile(t, 500),
	    percentile(t, 990), percentile(t, 1000), open);
	fflush(stdout);
}

void
tally_free(struct tally *t)
{
	free(t->times);
	memset(t, 0, sizeof *t);
}
