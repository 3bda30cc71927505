/*
 * file.c - reads whole files that may hold secrets, and recognises changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define TRIES	3		/* for a file that is being written */

static int
cannot_read(const char *file, struct err *e)
{
	return err_set_kind(e, errno == ENOENT ? ERR_NO_FILE : ERR_CONFIG,
	    "%s: %s", file, strerror(errno));
}

/* Reads up to size bytes, or to the end. */
static int
read_fully(int fd, struct file *t, size_t size)
{
	while (t->len < size) {
		ssize_t n = read(fd, t->bytes + t->len, size - t->len);

		if (n == -1)
			return -1;
		if (n == 0)
			break;
		t->len += (size_t)n;
	}
	t->bytes[t->len] = '\0';
	return 0;
}

/* 1: the file changed meanwhile. */
static int
read_once(struct file *t, int fd, const char *file, size_t max, struct err *e)
{
	struct stat st;
	size_t size;

	*t = (struct file){ 0 };
	if (fstat(fd, &st) == -1)
		return cannot_read(file, e);
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > max)
		return err_set(e, "%s: not a regular file of at most %zu bytes",
		    file, max);
	size = (size_t)st.st_size;
	file_id_set(&t->id, &st);
	t->insecure = !file_is_private(&st);
	if ((t->bytes = malloc(size + 1)) == NULL)
		return err_memory(e, file);
	if (lseek(fd, 0, SEEK_SET) == -1 || read_fully(fd, t, size) == -1 ||
	    fstat(fd, &st) == -1) {
		cannot_read(file, e);
		file_clear(t);
		return -1;
	}
	if (t->len == size && file_id_matches(&t->id, &st))
		return 0;
	file_clear(t);
	return 1;
}

int
file_read(struct file *t, const char *file, size_t max, struct err *e)
{
	/* Without O_NONBLOCK a FIFO would block the start. */
	int r = 1, fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);

	if (fd == -1)
		return cannot_read(file, e);
	for (int i = 0; i < TRIES && r == 1; i++)
		r = read_once(t, fd, file, max, e);
	close(fd);
	return r == 1 ? err_set(e, "%s: changed while it was read", file) : r;
}

bool
file_is_private(const struct stat *st)
{
	mode_t too_much = st->st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO :
	    S_IRWXG | S_IRWXO;

	return (st->st_mode & too_much) == 0;
}

int
file_not_private(const char *file, struct err *e)
{
	return err_set(e, "%s: other users can read or change this secret: "
	    "chmod 600 it, or set allow-loose-keys", file);
}

int
file_read_secret(struct file *t, const char *file, size_t max,
    bool allow_insecure, struct err *e)
{
	if (file_read(t, file, max, e) != 0)
		return -1;
	if (!t->insecure || allow_insecure)
		return 0;
	file_clear(t);
	return file_not_private(file, e);
}

void
file_clear(struct file *t)
{
	if (t->bytes != NULL)
		explicit_bzero(t->bytes, t->len);
	free(t->bytes);
	*t = (struct file){ 0 };
}

/* ------------------------------------------------- identity -------------- */

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
