/*
 * test_os_daemon.c - a starter learns how it went; a pid file has one owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os_daemon.h"

/* Starts a daemon that goes on with body; the status its starter exits with. */
static int
started(void (*body)(int ready))
{
	pid_t starter = fork();
	struct err e;
	int status, ready;

	if (starter == 0) {
		if ((ready = os_daemonize(&e)) == -1)
			_exit(200);
		body(ready);
		_exit(0);
	}
	assert_int_equal(waitpid(starter, &status, 0), starter);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
is_ready(int ready)
{
	os_daemon_ready(ready, 0);
}

static void
has_failed(int ready)
{
	os_daemon_ready(ready, EX_CONFIG);
}

static void
ends_with_78(int ready)
{
	(void)ready;
	_exit(EX_CONFIG);
}

static void
ends_well_without_a_word(int ready)
{
	(void)ready;
}

static void
is_killed(int ready)
{
	(void)ready;
	raise(SIGKILL);
}

static void
leads_a_session(int ready)
{
	os_daemon_ready(ready, getsid(0) == getpid() ? 0 : 1);
}

static void
test_the_starter_exits_with_what_the_daemon_says(void **state)
{
	static const struct { void (*body)(int); int status; } rows[] = {
		{ is_ready, 0 },
		{ has_failed, EX_CONFIG },
		{ ends_with_78, EX_CONFIG },
		{ ends_well_without_a_word, EX_SOFTWARE },
		{ is_killed, EX_SOFTWARE },
		{ leads_a_session, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(started(rows[i].body), rows[i].status);
}

/* Reads all that a daemon said while its standard error was a pipe. */
static size_t
heard_from(void (*body)(int), char *out, size_t size)
{
	int fd[2], old = dup(STDERR_FILENO);
	size_t n = 0;
	ssize_t got;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	dup2(fd[1], STDERR_FILENO);
	close(fd[1]);
	started(body);
	dup2(old, STDERR_FILENO);
	close(old);
	/* Ends when the daemon has let go of it too. */
	while ((got = read(fd[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	close(fd[0]);
	out[n] = '\0';
	return n;
}

static void
speaks_before_and_after(int ready)
{
	dprintf(STDERR_FILENO, "before\n");
	os_daemon_ready(ready, 0);
	dprintf(STDERR_FILENO, "after\n");
}

static void
speaks_after_failing(int ready)
{
	os_daemon_ready(ready, 1);
	dprintf(STDERR_FILENO, "after\n");
}

static void
test_sentences_are_heard_until_all_is_well(void **state)
{
	char text[100];

	(void)state;
	heard_from(speaks_before_and_after, text, sizeof text);
	assert_string_equal(text, "before\n");
	heard_from(speaks_after_failing, text, sizeof text);
	assert_string_equal(text, "after\n");
}

static void
test_no_daemon_is_never_ready(void **state)
{
	(void)state;
	os_daemon_ready(-1, 0);
	assert_true(fcntl(STDERR_FILENO, F_GETFD) != -1);
}

/* A folder of its own for each test of pid files. */
static int
make_path(void **state)
{
	char folder[] = "/tmp/test_os.XXXXXX", *path = malloc(64);

	if (path == NULL || mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, 64, "%s/pid", folder);
	*state = path;
	return 0;
}

static int
remove_path(void **state)
{
	char *path = *state;

	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	free(path);
	return 0;
}

/* What another process gets: 0 the file, 1 a sentence with this text. */
static int
other_takes(const char *path, const char *text)
{
	pid_t child = fork();
	struct err e;
	int status;

	if (child == 0) {
		if (os_pidfile_take(path, &e) != -1)
			_exit(0);
		_exit(strstr(e.text, text) != NULL && e.kind == ERR_OS ? 1 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_only_one_process_holds_a_pid_file(void **state)
{
	const char *path = *state;
	char mine[32];
	struct err e;
	int fd = os_pidfile_take(path, &e);

	assert_int_not_equal(fd, -1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	snprintf(mine, sizeof mine, "process %ld holds", (long)getpid());
	assert_int_equal(other_takes(path, mine), 1);
	assert_int_equal(os_pidfile_write(fd, path, &e), 0);
	assert_int_equal(other_takes(path, mine), 1);
	os_pidfile_remove(fd, path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(other_takes(path, ""), 0);
}

static void
test_a_pid_file_says_our_pid_whatever_stood_there(void **state)
{
	const char *path = *state;
	char text[32] = "", mine[32];
	FILE *f = fopen(path, "w");
	struct err e;
	int fd;

	assert_non_null(f);
	fputs("4194304\nand a long remark of somebody\n", f);
	fclose(f);
	fd = os_pidfile_take(path, &e);
	assert_int_equal(os_pidfile_write(fd, path, &e), 0);
	snprintf(mine, sizeof mine, "%ld\n", (long)getpid());
	assert_int_equal(pread(fd, text, sizeof text - 1, 0), strlen(mine));
	assert_string_equal(text, mine);
	os_pidfile_remove(fd, path);
}

static void
test_a_child_neither_removes_nor_keeps_the_pid_file(void **state)
{
	const char *path = *state;
	struct err e;
	int fd = os_pidfile_take(path, &e), gate[2], status;
	pid_t child;

	assert_int_equal(os_pidfile_write(fd, path, &e), 0);
	if ((child = fork()) == 0) {
		os_pidfile_remove(fd, path);
		_exit(access(path, F_OK) == 0 ? 0 : 1);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	/* A child that outlives us holds the descriptor, but no lock. */
	assert_int_equal(pipe(gate), 0);
	if ((child = fork()) == 0) {
		char c;

		close(gate[1]);
		_exit((int)read(gate[0], &c, 1));
	}
	close(fd);
	assert_int_equal(other_takes(path, ""), 0);
	close(gate[1]);
	waitpid(child, &status, 0);
	close(gate[0]);
}

static void
test_a_pid_file_of_somebody_else_is_not_removed(void **state)
{
	const char *path = *state;
	struct err e;
	int fd = os_pidfile_take(path, &e);

	assert_int_equal(os_pidfile_write(fd, path, &e), 0);
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	os_pidfile_remove(fd, path);
	assert_int_equal(access(path, F_OK), 0);
	os_pidfile_remove(-1, path);
	assert_int_equal(access(path, F_OK), 0);
}

static void
test_a_pid_file_that_cannot_be_written_is_refused(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(os_pidfile_take("/nonexistent/pid", &e), -1);
	assert_non_null(strstr(e.text, "/nonexistent/pid"));
	assert_int_equal(os_pidfile_take("/tmp", &e), -1);
	assert_int_equal(os_pidfile_write(-1, "somewhere", &e), -1);
	assert_non_null(strstr(e.text, "somewhere"));
}

#define WITH_PATH(test)	\
	cmocka_unit_test_setup_teardown(test, make_path, remove_path)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_starter_exits_with_what_the_daemon_says),
		cmocka_unit_test(test_sentences_are_heard_until_all_is_well),
		cmocka_unit_test(test_no_daemon_is_never_ready),
		WITH_PATH(test_only_one_process_holds_a_pid_file),
		WITH_PATH(test_a_pid_file_says_our_pid_whatever_stood_there),
		WITH_PATH(test_a_child_neither_removes_nor_keeps_the_pid_file),
		WITH_PATH(test_a_pid_file_of_somebody_else_is_not_removed),
		cmocka_unit_test(
		    test_a_pid_file_that_cannot_be_written_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
