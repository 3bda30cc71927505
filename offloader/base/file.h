/*
 * file.h - a whole file in memory, that may hold secrets.
 */
#ifndef OFFLOADER_FILE_H
#define OFFLOADER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "base/err.h"

/*
 * Recognised is every change that gives a name another device, inode or size,
 * or its file another time of modification or status: a rename over it, a
 * write into it, a link that now leads elsewhere; also one that sets the time
 * of modification back. The kernel's clock for these times is coarse, so that
 * two writes may bear the same: of a file that was written a moment before it
 * was read there is no telling (see settled).
 */

struct file_id {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, status;
	bool settled;		/* old enough: nobody can write unseen */
};

/* Of a file that is about to be read. */
void file_id_set(struct file_id *, const struct stat *);

/* Whether a file, or what a path leads to, is as it was. */
bool file_id_matches(const struct file_id *, const struct stat *);
bool file_id_matches_path(const struct file_id *, const char *path);

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
