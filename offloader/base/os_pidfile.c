/*
 * os_pidfile.c - a file with our process id, held by one process at a time.
 *
 * The lock is fcntl's: it belongs to the process and not to the descriptor, so
 * a child that outlives us cannot keep the next one from starting.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os_pidfile.h"

/* Whether the path still leads to the file that is open. */
static bool
is_same_file(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	    opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int
held(int fd, const char *path, struct err *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int error = errno;

	if (error != EACCES && error != EAGAIN)
		return err_set_kind(e, ERR_OS, "cannot lock pid file %s: %s",
		    path, strerror(error));
	if (fcntl(fd, F_GETLK, &lock) == -1 || lock.l_type == F_UNLCK)
		return err_set_kind(e, ERR_OS,
		    "another process holds pid file %s", path);
	return err_set_kind(e, ERR_OS,
	    "already running: process %ld holds pid file %s",
	    (long)lock.l_pid, path);
}

int
os_pidfile_take(const char *path, struct err *e)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY |
		    O_NONBLOCK, 0644);
		if (fd == -1)
			return err_set_kind(e, ERR_OS,
			    "cannot write pid file %s: %s", path,
			    strerror(errno));
		if (fcntl(fd, F_SETLK, &lock) == -1) {
			held(fd, path, e);
			close(fd);
			return -1;
		}
		if (is_same_file(fd, path))
			return fd;
		/* Its owner removed it between our open and our lock. */
		close(fd);
	}
}

int
os_pidfile_write(int fd, const char *path, struct err *e)
{
	char text[32];
	int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());

	/* In this order, so that whoever reads meanwhile finds a number. */
	if (pwrite(fd, text, (size_t)len, 0) == len && ftruncate(fd, len) == 0)
		return 0;
	return err_set_kind(e, ERR_OS, "cannot write pid file %s: %s", path,
	    strerror(errno));
}

void
os_pidfile_yield(int fd)
{
	struct flock none = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	if (fd != -1)
		(void)fcntl(fd, F_SETLK, &none);
}

void
os_pidfile_remove(int fd, const char *path)
{
	char text[32];
	ssize_t n;

	if (fd == -1)
		return;
	n = pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (strtol(text, NULL, 10) == (long)getpid() &&
	    is_same_file(fd, path))
		unlink(path);
	close(fd);
}
