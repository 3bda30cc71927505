/*
 * file.h - reads whole files that may hold secrets, and recognises changes.
 */
#ifndef OFFLOADER_FILE_H
#define OFFLOADER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include "base/err.h"

/*
 * What a file was when it was read. A change is recognised by another device,
 * inode, size, modification time or status-change time: a rename over the
 * name, a write, a symbolic link that leads elsewhere, also if the modification
 * time is set back. The kernel's clock for these times is coarse. Two writes
 * within one tick look the same; "settled" is false for a file that is so new.
 */

struct file_id {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, status;	/* mtime and ctime */
	bool settled;		/* old enough to recognise every later write */
};

/* To be called before the file is read. */
void file_id_set(struct file_id *, const struct stat *);

/* True if the file, or the file at a path, has not changed. */
bool file_id_matches(const struct file_id *, const struct stat *);
bool file_id_matches_path(const struct file_id *, const char *path);

struct file {
	char *bytes;		/* followed by a NUL */
	size_t len;
	struct file_id id;	/* of the file when it was read */
	bool insecure;		/* not file_is_private() */
};

/*
 * Reads a regular file of at most max bytes. Never blocks, and never returns a
 * mix of old and new content. -1: an error message. The caller calls
 * file_clear() after success, which overwrites the bytes.
 */
int file_read(struct file *, const char *file, size_t max, struct err *);
void file_clear(struct file *);

/*
 * True if only the owner can read or write the file. A group may read files of
 * root: root chose that group, and "ssl-cert" is a common one.
 */
bool file_is_private(const struct stat *);

/* The error message for a secret that is not private. Returns -1. */
int file_not_private(const char *file, struct err *);

/* As file_read(); refuses insecure files unless they are allowed. */
int file_read_secret(struct file *, const char *file, size_t max,
    bool allow_insecure, struct err *);

#endif
