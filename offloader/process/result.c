/*
 * result.c - how the last reload or upgrade went.
 */
#include <stdio.h>

#include "process/result.h"

void
result_begin(struct result *o)
{
	o->begun++;
}

void
result_settle(struct result *o, unsigned generation, const char *why)
{
	o->settled = o->begun;
	o->failed += why != NULL;
	o->kind = why == NULL ? RESULT_DONE : RESULT_FAILED;
	o->when = time(NULL);
	o->generation = generation;
	snprintf(o->sentence, sizeof o->sentence, "%s",
	    why != NULL ? why : "");
}

const char *
result_word(const struct result *o)
{
	switch (o->kind) {
	case RESULT_NONE:	return "none";
	case RESULT_DONE:	return "done";
	case RESULT_FAILED:	return "failed";
	}
	return "none";
}
