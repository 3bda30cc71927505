/*
 * err.h - error messages for the person who must act.
 *
 * Functions that can fail because of something a person wrote (an option, a
 * certificate file) take a struct err, fill it where the failure is seen, and
 * return -1. Their callers pass it on to a function that prints or logs it.
 */
#ifndef OFFLOADER_ERR_H
#define OFFLOADER_ERR_H

#include <stdio.h>

/* What the program's exit status becomes (sysexits.h has the values). */
enum err_kind {
	ERR_CONFIG,		/* 78: an error in the configuration */
	ERR_USAGE,		/* 64: an error in the command line */
	ERR_NO_FILE,		/* 66: a file does not exist */
	ERR_BIND,		/* 69: cannot listen on an address */
	ERR_OS			/* 71: the operating system refused */
};

struct err {
	enum err_kind kind;
	char text[512];
};

/* Stores the message. Returns -1, so that "return err_set(...)" reads well. */
int err_set(struct err *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with a kind other than ERR_CONFIG. */
int err_set_kind(struct err *, enum err_kind, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* "WHAT: out of memory" of kind ERR_OS; what may be NULL. Returns -1. */
int err_memory(struct err *, const char *what);

/* Puts "PLACE: " before the message. Returns -1. */
int err_at(struct err *, const char *place);

int err_exit_status(const struct err *);

/*
 * All faults of a check, not only the first one. Each is reported as it is
 * found, or held back in a file.
 */
struct faults {
	void (*say)(const char *message);	/* reports one */
	FILE *held;		/* collects them, with NULs; or NULL */
	unsigned n;
	struct err first;
};

/* Reports or holds one, and counts it. Returns -1. */
int faults_add(struct faults *, const struct err *);

#endif
