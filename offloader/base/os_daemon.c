/*
 * os_daemon.c - going into the background, and telling the starter how it
 * went.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/os_daemon.h"

/* The child is gone and never said how it went. */
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
