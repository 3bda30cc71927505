/*
 * test_os_handed.c - which sockets are ours, what they are called, and what is
 * none.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os_systemd.h"

static void
say(const char *pid, const char *fds, const char *names)
{
	static const char *const name[] = { "LISTEN_PID", "LISTEN_FDS",
	    "LISTEN_FDNAMES" };
	const char *value[] = { pid, fds, names };

	for (int i = 0; i < 3; i++)
		if (value[i] != NULL)
			setenv(name[i], value[i], 1);
		else
			unsetenv(name[i]);
}

static const char *
me(void)
{
	static char text[32];

	snprintf(text, sizeof text, "%ld", (long)getpid());
	return text;
}

/* So many descriptors from the first on are open; those of cmocka's too. */
static void
open_some(int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(dup2(STDIN_FILENO, OS_HANDED_FIRST + i),
		    OS_HANDED_FIRST + i);
}

static void
close_some(int n)
{
	for (int i = 0; i < n; i++)
		close(OS_HANDED_FIRST + i);
}

static void
test_sockets_for_us_are_taken_and_not_passed_on(void **state)
{
	struct os_handed h;
	char name[OS_HANDED_NAME];

	(void)state;
	open_some(3);
	say(me(), "3", "www::mail");
	os_handed_take(&h);
	assert_int_equal(h.n, 3);
	assert_string_equal(os_handed_name(&h, 0, name), "www");
	assert_string_equal(os_handed_name(&h, 1, name), "");
	assert_string_equal(os_handed_name(&h, 2, name), "mail");
	assert_string_equal(os_handed_name(&h, 3, name), "");
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_FDNAMES"));
	for (int i = 0; i < 3; i++)
		assert_int_equal(fcntl(OS_HANDED_FIRST + i, F_GETFD),
		    FD_CLOEXEC);
	close_some(3);
}

static void
test_names_may_be_fewer_or_none(void **state)
{
	struct os_handed h;
	char name[OS_HANDED_NAME];

	(void)state;
	open_some(2);
	say(me(), "2", NULL);
	os_handed_take(&h);
	assert_int_equal(h.n, 2);
	assert_string_equal(os_handed_name(&h, 1, name), "");
	say(me(), "2", "one");
	os_handed_take(&h);
	assert_string_equal(os_handed_name(&h, 0, name), "one");
	assert_string_equal(os_handed_name(&h, 1, name), "");
	close_some(2);
}

static void
test_what_is_not_for_us_or_no_number_is_nothing(void **state)
{
	const struct {
		const char *pid, *fds;
	} rows[] = {
		{ "1", "1" },
		{ NULL, "1" },
		{ "", "1" },
		{ me(), NULL },
		{ me(), "" },
		{ me(), "0" },
		{ me(), "-1" },
		{ me(), " 1" },
		{ me(), "1x" },
		{ me(), "0x1" },
		{ me(), "99999999999999999999" },
		{ me(), "1000001" },
	};
	struct os_handed h;

	(void)state;
	open_some(1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		say(rows[i].pid, rows[i].fds, "www");
		os_handed_take(&h);
		assert_int_equal(h.n, 0);
		assert_null(getenv("LISTEN_FDS"));
	}
	close_some(1);
}

static void
test_descriptors_that_are_not_open_are_not_there(void **state)
{
	struct os_handed h;

	(void)state;
	open_some(2);
	close(OS_HANDED_FIRST + 1);
	say(me(), "500", NULL);
	os_handed_take(&h);
	assert_int_equal(h.n, 1);
	close_some(1);
}

static void
test_a_name_has_neither_colons_nor_blanks(void **state)
{
	char name[OS_HANDED_NAME], text[2 * OS_HANDED_NAME];

	(void)state;
	assert_string_equal(os_handed_call("[*]:8443", name), "[*]_8443");
	assert_string_equal(os_handed_call("a b\n\177", name), "a_b__");
	assert_string_equal(os_handed_call("", name), "");
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(strlen(os_handed_call(text, name)),
	    OS_HANDED_NAME - 1);
}

static void
test_only_a_stream_socket_that_listens_is_used(void **state)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct endpoint at;
	int pipe_fd[2], fd = socket(AF_INET, SOCK_STREAM, 0);
	int datagram = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(os_handed_use(pipe_fd[0], &at), -1);
	assert_int_equal(os_handed_use(datagram, &at), -1);
	assert_int_equal(os_handed_use(-1, &at), -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
	assert_int_equal(os_handed_use(fd, &at), -1);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(os_handed_use(fd, &at), 0);
	assert_int_equal(at.sa.sa_family, AF_INET);
	assert_int_not_equal(at.addr.in.sin_port, 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	close(datagram);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_sockets_for_us_are_taken_and_not_passed_on),
		cmocka_unit_test(test_names_may_be_fewer_or_none),
		cmocka_unit_test(
		    test_what_is_not_for_us_or_no_number_is_nothing),
		cmocka_unit_test(
		    test_descriptors_that_are_not_open_are_not_there),
		cmocka_unit_test(test_a_name_has_neither_colons_nor_blanks),
		cmocka_unit_test(
		    test_only_a_stream_socket_that_listens_is_used),
	};

	/* cmocka may have these open; nothing of ours has. */
	close_some(3);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
