/*
 * test_progress.c - what somebody at a terminal sees, and others do not.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/progress.h"

static int
open_terminal(int *screen)
{
	struct termios t;
	int fd;

	*screen = posix_openpt(O_RDWR | O_NOCTTY);
	assert_int_equal(grantpt(*screen), 0);
	assert_int_equal(unlockpt(*screen), 0);
	fd = open(ptsname(*screen), O_RDWR | O_NOCTTY);
	assert_int_not_equal(fd, -1);
	tcgetattr(fd, &t);
	t.c_oflag &= (tcflag_t)~OPOST;
	tcsetattr(fd, TCSANOW, &t);
	return fd;
}

/* What has been written since; "": nothing. */
static const char *
seen(int screen, char text[256])
{
	struct pollfd p = { .fd = screen, .events = POLLIN };
	ssize_t n = poll(&p, 1, 0) == 1 ? read(screen, text, 255) : 0;

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
test_what_is_quick_is_not_seen(void **state)
{
	struct progress p;
	char text[256];
	int screen, fd = open_terminal(&screen);

	(void)state;
	progress_begin(&p, fd, "files read");
	progress_step(&p, 1000);
	progress_end(&p);
	assert_string_equal(seen(screen, text), "");
	close(fd);
	close(screen);
}

static void
test_what_takes_long_is_counted_and_erased(void **state)
{
	static const struct { unsigned long n; const char *text; } rows[] = {
		{ 7, "7 files read\r" }, { 999, "999 files read\r" },
		{ 4312, "4,312 files read\r" },
		{ 123456, "123,456 files read\r" },
		{ 1000000, "1,000,000 files read\r" },
	};
	struct progress p;
	char text[256];
	int screen, fd = open_terminal(&screen);

	(void)state;
	progress_begin(&p, fd, "files read");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		p.due = 0;
		progress_step(&p, rows[i].n);
		assert_string_equal(seen(screen, text), rows[i].text);
	}
	/* Not at every step. */
	p.due = 1e18;
	progress_step(&p, 1000001);
	assert_string_equal(seen(screen, text), "");
	progress_end(&p);
	assert_string_equal(seen(screen, text), "                    \r");
	progress_step(&p, 1000002);
	assert_string_equal(seen(screen, text), "");
	close(fd);
	close(screen);
}

static void
test_a_file_or_a_pipe_is_not_written_to(void **state)
{
	struct progress p;
	char text[256];
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	progress_begin(&p, fd[1], "files read");
	p.due = 0;
	progress_step(&p, 1000);
	progress_end(&p);
	assert_string_equal(seen(fd[0], text), "");
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_quick_is_not_seen),
		cmocka_unit_test(test_what_takes_long_is_counted_and_erased),
		cmocka_unit_test(test_a_file_or_a_pipe_is_not_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
