/*
 * file_id.c - what tells a file from the one that stood there before.
 */
#include "base/file_id.h"

#define COARSE	0.05		/* seconds: five ticks of the slowest clock */

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

void
file_id_set(struct file_id *s, const struct stat *st)
{
	struct timespec now;
	double age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (double)(now.tv_sec - st->st_ctim.tv_sec) +
	    (double)(now.tv_nsec - st->st_ctim.tv_nsec) / 1e9;
	*s = (struct file_id){ .device = st->st_dev, .inode = st->st_ino,
	    .size = st->st_size, .modified = st->st_mtim,
	    .status = st->st_ctim, .settled = age > COARSE };
}

bool
file_id_matches(const struct file_id *s, const struct stat *st)
{
	return s->device == st->st_dev && s->inode == st->st_ino &&
	    s->size == st->st_size && same_time(&s->modified, &st->st_mtim) &&
	    same_time(&s->status, &st->st_ctim);
}

bool
file_id_matches_path(const struct file_id *s, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && file_id_matches(s, &st);
}
