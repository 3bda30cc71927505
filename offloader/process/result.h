/*
 * result.h - how the last reload or upgrade went.
 */
#ifndef OFFLOADER_RESULT_H
#define OFFLOADER_RESULT_H

#include <stddef.h>
#include <time.h>

enum result_kind {
	RESULT_NONE,		/* not yet */
	RESULT_DONE,
	RESULT_FAILED
};

struct result {
	unsigned begun;		/* how many there were; */
	unsigned settled;	/* one less than begun during one */
	unsigned failed;	/* of those that settled */
	enum result_kind kind;	/* from here on: of the last that settled */
	time_t when;
	unsigned generation;	/* that served afterwards */
	char sentence[512];	/* the error, "FILE:LINE: ..."; or "" */
};

/* One begins; it has ended. why is NULL if it succeeded. */
void result_begin(struct result *);
void result_settle(struct result *, unsigned generation, const char *why);

const char *result_word(const struct result *);

#endif
