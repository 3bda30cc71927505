/*
 * os_daemon.c - runs in the background, and reports the start to the starter;
 * pid files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/os_daemon.h"

/* The child ended without a report. */
static int
status_of(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			return EX_SOFTWARE;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 0)
		return EX_SOFTWARE;
	return WEXITSTATUS(status);
}

/* _exit: buffers and exit handlers are the child's now. */
static void __attribute__((noreturn))
wait_for_word(int fd, pid_t child)
{
	unsigned char status;
	ssize_t n;

	while ((n = read(fd, &status, 1)) == -1 && errno == EINTR)
		continue;
	_exit(n == 1 ? status : status_of(child));
}

int
os_daemonize(struct err *e)
{
	int pipe_fd[2];
	pid_t child;

	if (pipe2(pipe_fd, O_CLOEXEC) == -1)
		return err_set_kind(e, ERR_OS, "cannot make a pipe: %s",
		    strerror(errno));
	fflush(NULL);
	if ((child = fork()) == -1) {
		err_set_kind(e, ERR_OS, "cannot fork: %s", strerror(errno));
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		return -1;
	}
	if (child > 0) {
		close(pipe_fd[1]);
		wait_for_word(pipe_fd[0], child);
	}
	close(pipe_fd[0]);
	setsid();		/* cannot fail: a child leads no group */
	return pipe_fd[1];
}

int
os_terminal_substitute(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

void
os_leave_terminal(int null)
{
	if (null == -1)
		return;
	fflush(NULL);
	/* Copies made by dup2() are not closed by exec. */
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

void
os_daemon_ready(int fd, int status)
{
	unsigned char word = (unsigned char)status;

	if (fd == -1)
		return;
	if (status == 0)
		os_leave_terminal(os_terminal_substitute());
	while (write(fd, &word, 1) == -1 && errno == EINTR)
		continue;
	close(fd);
}

/* ------------------------------------------------- pid file -------------- */

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
		    "another process has locked the pid file %s", path);
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

	/* In this order, so that a reader never finds an empty file. */
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
