/*
 * result.h - how the last reload or upgrade went.
 */
#ifndef OFFLOADER_RESULT_H
#define OFFLOADER_RESULT_H

#include <stddef.h>
#include <time.h>

enum outcome_kind {
	OUTCOME_NONE,		/* there was none yet */
	OUTCOME_DONE,
	OUTCOME_FAILED
};

struct outcome {
	unsigned begun;		/* how many there were; */
	unsigned settled;	/* this one less while one is under way */
	unsigned failed;	/* of those that settled */
	enum outcome_kind kind;	/* all from here: of the last that settled */
	time_t when;
	unsigned generation;	/* that served afterwards */
	char sentence[512];	/* what went wrong, "FILE:LINE: ..."; or "" */
};

#define OUTCOME_TIME	32	/* bytes of a time in text */

/* One begins; it settles. why NULL: done. */
void outcome_begin(struct outcome *);
void outcome_settle(struct outcome *, unsigned generation, const char *why);

const char *outcome_word(const struct outcome *);

/* "2026-04-01T12:00:00Z". Returns out. */
char *outcome_time(time_t, char *out, size_t size);

#endif
