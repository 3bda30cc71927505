/*
 * file_id.h - what tells a file from the one that stood there before.
 *
 * Recognised is every change that gives a name another device, inode or size,
 * or its file another time of modification or status: a rename over it, a
 * write into it, a link that now leads elsewhere; also one that sets the time
 * of modification back. The kernel's clock for these times is coarse, so that
 * two writes may bear the same: of a file that was written a moment before it
 * was read there is no telling (see settled).
 */
#ifndef OFFLOADER_FILE_ID_H
#define OFFLOADER_FILE_ID_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

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

#endif
