/*
 * result.c - how the last reload or upgrade went.
 */
#include <stdio.h>

#include "process/result.h"

void
outcome_begin(struct outcome *o)
{
	o->begun++;
}

void
outcome_settle(struct outcome *o, unsigned generation, const char *why)
{
	o->settled = o->begun;
	o->failed += why != NULL;
	o->kind = why == NULL ? OUTCOME_DONE : OUTCOME_FAILED;
	o->when = time(NULL);
	o->generation = generation;
	snprintf(o->sentence, sizeof o->sentence, "%s",
	    why != NULL ? why : "");
}

const char *
outcome_word(const struct outcome *o)
{
	switch (o->kind) {
	case OUTCOME_NONE:	return "none";
	case OUTCOME_DONE:	return "done";
	case OUTCOME_FAILED:	return "failed";
	}
	return "none";
}

char *
outcome_time(time_t when, char *out, size_t size)
{
	struct tm t;

	if (gmtime_r(&when, &t) == NULL ||
	    strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &t) == 0)
		out[0] = '\0';
	return out;
}
