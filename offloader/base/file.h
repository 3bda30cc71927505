/*
 * file.h - a whole file in memory, that may hold secrets.
 */
#ifndef OFFLOADER_FILE_H
#define OFFLOADER_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/file_id.h"

struct file {
	char *bytes;		/* with a NUL behind them */
	size_t len;
	struct file_id stamp;	/* of the file when it was read */
	bool loose;		/* too many may read or change it: see below */
};

/*
 * Reads a regular file of at most max bytes; never waits, and never hands out
 * what was written half before and half after. -1: a sentence. The caller
 * calls file_clear() after success, which overwrites the bytes.
 */
int file_read(struct file *, const char *file, size_t max, struct err *);
void file_clear(struct file *);

/*
 * A secret is its owner's alone. Only of root's files a group may be given
 * the right to read: root chose it, and "ssl-cert" is usual.
 */
bool file_is_private(const struct stat *);

/* The sentence about a secret that is none. Returns -1. */
int file_not_private(const char *file, struct err *);

/* As file_read(), and refuses a loose file unless loose ones are allowed. */
int file_read_secret(struct file *, const char *file, size_t max,
    bool loose_too, struct err *);

#endif
