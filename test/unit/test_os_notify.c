/*
 * test_os_notify.c - what a supervisor hears of us, and who may speak.
 */
#include <errno.h>
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
#include "folder.h"

static struct folder folder;

/* Binds a socket of ours and says in the environment where it is. */
static int
supervisor(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd != -1 && len < sizeof at.sun_path);
	memcpy(at.sun_path, name, len);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at, (socklen_t)(
	    offsetof(struct sockaddr_un, sun_path) + len)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void
hears(int fd, const char *wanted)
{
	char text[2048];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, wanted);
}

static void
test_a_word_arrives_at_a_path(void **state)
{
	struct os_notify n;
	int fd = supervisor(folder_file(&folder, "notify"));

	(void)state;
	os_notify_init(&n);
	os_notify(&n, "READY=1\nSTATUS=%s %d", "generation", 7);
	hears(fd, "READY=1\nSTATUS=generation 7");
	close(fd);
}

static void
test_a_word_arrives_at_an_abstract_name(void **state)
{
	struct os_notify n;
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof name, "@offloader-test-%ld", (long)getpid());
	fd = supervisor(name);
	os_notify_init(&n);
	os_notify(&n, "STOPPING=1");
	hears(fd, "STOPPING=1");
	close(fd);
}

static void
test_a_long_word_is_cut(void **state)
{
	struct os_notify n;
	char text[2000], got[3000];
	int fd = supervisor(folder_file(&folder, "long"));

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	os_notify_init(&n);
	os_notify(&n, "%s", text);
	assert_int_equal(recv(fd, got, sizeof got, 0), 1023);
	close(fd);
}

static void
test_children_cannot_speak_for_us(void **state)
{
	struct os_notify n;
	int fd = supervisor(folder_file(&folder, "taken"));

	(void)state;
	setenv("WATCHDOG_USEC", "1000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	os_notify_init(&n);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	close(fd);
}

static void
test_a_successor_may(void **state)
{
	struct os_notify n, next;
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof name, "@offloader-next-%ld", (long)getpid());
	fd = supervisor(name);
	setenv("WATCHDOG_USEC", "3000000", 1);
	os_notify_init(&n);
	assert_int_equal(os_notify_pass(&n), 0);
	assert_string_equal(getenv("NOTIFY_SOCKET"), name);
	os_notify_init(&next);
	assert_true(next.watchdog > 1.4 && next.watchdog < 1.6);
	os_notify(&next, "READY=1");
	hears(fd, "READY=1");
	close(fd);
}

static void
test_what_is_no_address_is_nobody(void **state)
{
	static const char *const bad[] = { "", "/", "@", "vsock:2:1",
	    "relative/path", "/a/path/that/is/longer/than/any/address/of/a/"
	    "unix/socket/can/be/which/is/one/hundred/and/eight/bytes/in/all/"
	    "of/linux" };
	struct os_notify n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		os_notify_init(&n);
		assert_int_equal(n.len, 0);
		os_notify(&n, "READY=1");
	}
	os_notify_init(&n);
	assert_int_equal(n.len, 0);
	assert_int_equal(os_notify_pass(&n), 0);
	assert_null(getenv("NOTIFY_SOCKET"));
}

static void
test_a_watchdog_is_ours_or_not(void **state)
{
	char me[32];
	const struct {
		const char *usec, *pid;
		double want;
	} rows[] = {
		{ "2000000", NULL, 1 },
		{ "2000000", me, 1 },
		{ "2000000", "1", 0 },
		{ "0", NULL, 0 },
		{ "-5", NULL, 0 },
		{ "", NULL, 0 },
		{ "12x", NULL, 0 },
		{ "99999999999999999999999", NULL, 0 },
	};
	struct os_notify n;

	(void)state;
	snprintf(me, sizeof me, "%ld", (long)getpid());
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		setenv("NOTIFY_SOCKET", "@nobody-there", 1);
		setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].pid != NULL)
			setenv("WATCHDOG_PID", rows[i].pid, 1);
		os_notify_init(&n);
		assert_true(n.watchdog > rows[i].want - 0.01 &&
		    n.watchdog < rows[i].want + 0.01);
	}
}

static int
make_folder(void **state)
{
	(void)state;
	return folder_make(&folder);
}

static int
remove_folder(void **state)
{
	(void)state;
	return folder_remove(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_word_arrives_at_a_path),
		cmocka_unit_test(test_a_word_arrives_at_an_abstract_name),
		cmocka_unit_test(test_a_long_word_is_cut),
		cmocka_unit_test(test_children_cannot_speak_for_us),
		cmocka_unit_test(test_a_successor_may),
		cmocka_unit_test(test_what_is_no_address_is_nobody),
		cmocka_unit_test(test_a_watchdog_is_ours_or_not),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
