/*
 * test_log_writer.c - lines go out at once or not at all, and nobody waits.
 *
 * A test that waits has failed: an alarm ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/log_writer.h"

#define LINE	"0123456789\n"
#define TEXT(s)	s, sizeof s - 1

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	alarm(60);
	return 0;
}

/* Puts lines until one is lost. Returns how many were not. */
static unsigned
fill(struct log_writer *o)
{
	unsigned n = 0;

	while (log_writer_put(o, TEXT(LINE)))
		n++;
	assert_int_equal(o->lost, 1);
	assert_false(log_writer_put(o, TEXT(LINE)));
	assert_int_equal(o->lost, 2);
	return n;
}

/* Everything that is in there: so many whole lines. */
static unsigned
drain(int fd)
{
	char buf[1 << 16];
	unsigned n = 0;
	ssize_t got;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((got = read(fd, buf, sizeof buf)) > 0)
		for (ssize_t i = 0; i < got; i++)
			n += buf[i] == '\n';
	return n;
}

static void
test_a_full_pipe_loses_lines_and_takes_them_again(void **state)
{
	struct log_writer o = { .fd = -1 };
	unsigned n, m;
	int fd[2];

	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		assert_int_equal(pipe(fd), 0);
		if (shared)
			log_writer_share(&o, fd[1]);
		else
			log_writer_borrow(&o, fd[1]);
		assert_int_equal(o.fd != fd[1], shared);
		n = fill(&o);
		/* Who shares it still waits, if he wants to. */
		assert_int_equal(fcntl(fd[1], F_GETFL) & O_NONBLOCK, 0);
		m = drain(fd[0]);
		assert_int_equal(n, m);
		assert_true(log_writer_put(&o, TEXT(LINE)));
		assert_int_equal(drain(fd[0]), 1);
		close(fd[0]);
		assert_false(log_writer_put(&o, TEXT(LINE)));
		assert_int_equal(o.lost, 3);
		log_writer_take(&o, -1);
		assert_int_equal(o.lost, 3);
		o.lost = 0;
		close(fd[1]);
	}
}

static void
test_somebody_who_fills_the_pipe_meanwhile_does_no_harm(void **state)
{
	struct log_writer o = { .fd = -1 };
	char page[PIPE_BUF];
	int fd[2], other;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	log_writer_share(&o, fd[1]);
	memset(page, 'x', sizeof page);
	if ((child = fork()) == 0) {
		for (;;)
			if (write(fd[1], page, sizeof page) == -1)
				_exit(0);
	}
	other = dup(fd[0]);
	for (int i = 0; i < 20000; i++) {
		(void)log_writer_put(&o, TEXT(LINE));
		if (i % 64 == 0)
			assert_true(read(other, page, sizeof page) > 0);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	log_writer_take(&o, -1);
	close(fd[0]);
	close(fd[1]);
	close(other);
}

static void
test_a_socket_nobody_reads_loses_lines(void **state)
{
	static const int kinds[] = { SOCK_STREAM, SOCK_DGRAM };
	struct log_writer o = { .fd = -1 };
	int fd[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(socketpair(AF_UNIX, kinds[i], 0, fd), 0);
		log_writer_share(&o, fd[1]);
		assert_int_equal(o.fd, fd[1]);
		assert_int_equal(fill(&o) > 0, 1);
		assert_true(drain(fd[0]) > 0);
		assert_true(log_writer_put(&o, TEXT(LINE)));
		close(fd[0]);
		assert_false(log_writer_put(&o, TEXT(LINE)));
		log_writer_take(&o, -1);
		o.lost = 0;
		close(fd[1]);
	}
}

static void
test_a_full_disk_loses_lines(void **state)
{
	struct log_writer o = { .fd = -1 };

	(void)state;
	log_writer_take(&o, open("/dev/full", O_WRONLY));
	assert_int_equal(fill(&o), 0);
	log_writer_take(&o, -1);
	assert_false(log_writer_put(&o, TEXT(LINE)));
}

/* The limit cuts a line: what comes after it must not be glued to it. */
static void
test_a_line_that_was_cut_is_ended_by_the_next(void **state)
{
	char path[] = "/tmp/test_outlet.XXXXXX", text[64] = "";
	struct rlimit was, limit = { .rlim_cur = 15,
	    .rlim_max = RLIM_INFINITY };
	struct log_writer o = { .fd = -1 };
	int fd = mkostemp(path, O_APPEND);

	(void)state;
	log_writer_borrow(&o, fd);
	getrlimit(RLIMIT_FSIZE, &was);
	limit.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(log_writer_put(&o, TEXT(LINE)));
	assert_false(log_writer_put(&o, TEXT(LINE)));
	assert_false(log_writer_put(&o, TEXT(LINE)));
	assert_int_equal(o.lost, 2);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_true(log_writer_put(&o, TEXT("end\n")));
	assert_true(log_writer_put(&o, TEXT("END\n")));
	assert_int_equal(pread(fd, text, sizeof text - 1, 0), 24);
	assert_string_equal(text, LINE "0123\nend\nEND\n");
	unlink(path);
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_full_pipe_loses_lines_and_takes_them_again),
		cmocka_unit_test(
		    test_somebody_who_fills_the_pipe_meanwhile_does_no_harm),
		cmocka_unit_test(test_a_socket_nobody_reads_loses_lines),
		cmocka_unit_test(test_a_full_disk_loses_lines),
		cmocka_unit_test(
		    test_a_line_that_was_cut_is_ended_by_the_next)
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
