/*
 * result.h - how the last reload or upgrade went.
 */
#ifndef OFFLOADER_RESULT_H
#define OFFLOADER_RESULT_H

#include <stddef.h>
#include <time.h>

enum result_kind {
	RESULT_NONE,		/* there was none yet */
	RESULT_DONE,
	RESULT_FAILED
};

struct result {
	unsigned begun;		/* how many there were; */
	unsigned settled;	/* this one less while one is under way */
	unsigned failed;	/* of those that settled */
	enum result_kind kind;	/* all from here: of the last that settled */
	time_t when;
	unsigned generation;	/* that served afterwards */
	char sentence[512];	/* what went wrong, "FILE:LINE: ..."; or "" */
};

/* One begins; it settles. why NULL: done. */
void result_begin(struct result *);
void result_settle(struct result *, unsigned generation, const char *why);

const char *result_word(const struct result *);

#endif
