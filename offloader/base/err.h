/*
 * err.h - a sentence for the human who must act.
 *
 * Functions that can fail because of something a person wrote (an option, a
 * certificate file) take a struct err, fill it where the failure is seen, and
 * return -1. Their callers pass it on; whoever can speak to the person says it.
 */
#ifndef OFFLOADER_ERR_H
#define OFFLOADER_ERR_H

#include <stdio.h>

/* What the program's exit status becomes (sysexits.h has the values). */
enum err_kind {
	ERR_CONFIG,		/* 78: a fault in the configuration */
	ERR_USAGE,		/* 64: a fault in the command line */
	ERR_NO_FILE,		/* 66: a file that is not there */
	ERR_BIND,		/* 69: an address that cannot be bound */
	ERR_OS			/* 71: the system refused */
};

struct err {
	enum err_kind kind;
	char text[512];
};

/* Stores the sentence. Returns -1, so that "return err_set(...)" reads well. */
int err_set(struct err *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with another kind than ERR_CONFIG. */
int err_set_kind(struct err *, enum err_kind, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* "WHAT: out of memory" (what may be NULL), of kind ERR_OS. Returns -1. */
int err_memory(struct err *, const char *what);

/* Puts "PLACE: " before a sentence that is there already. Returns -1. */
int err_at(struct err *, const char *place);

int err_exit_status(const struct err *);

/*
 * Every fault that can be found, not only the first: whoever checks something
 * as a whole collects them, and says each one as it comes.
 */
struct faults {
	void (*say)(const char *sentence);
	FILE *held;		/* they wait there, with NULs; or NULL */
	unsigned n;
	struct err first;
};

/* Says it and counts it. Returns -1. */
int faults_add(struct faults *, const struct err *);

#endif
