/*
 * test_log.c - one event is one line, whoever writes it and whatever is in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/log.h"

/* Standard error goes into a file from catch_stderr() to caught(). */
struct catcher {
	char path[32];
	int old;
	char text[4 * PIPE_BUF];
};

static void
catch_stderr(struct catcher *c)
{
	int fd;

	snprintf(c->path, sizeof c->path, "/tmp/test_log.XXXXXX");
	fd = mkostemp(c->path, O_APPEND);
	c->old = dup(STDERR_FILENO);
	assert_true(fd != -1 && c->old != -1);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static const char *
read_text(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, out, size - 1);

	assert_true(n >= 0);
	out[n] = '\0';
	close(fd);
	return out;
}

static const char *
caught(struct catcher *c)
{
	dup2(c->old, STDERR_FILENO);
	close(c->old);
	read_text(c->path, c->text, sizeof c->text);
	unlink(c->path);
	return c->text;
}

static void
assert_matches(const char *text, const char *pattern)
{
	regex_t re;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&re, text, 0, NULL, 0) != 0)
		fail_msg("\"%s\" is not like %s", text, pattern);
	regfree(&re);
}

static void
open_sink(int level, const char *file, bool quiet)
{
	const struct log_sink s = { .level = level, .file = file,
	    .quiet = quiet, .leaves = true };
	struct err e;

	if (log_open(&s, &e) == -1)
		fail_msg("%s", e.text);
}

#define WHEN	"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}" \
		"\\.[0-9]{3}Z "

static void
test_a_line_says_when_who_how_bad_and_what(void **state)
{
	struct catcher c;

	(void)state;
	catch_stderr(&c);
	log_warn("backend=%s errno=%d", "[::1]:80", 111);
	assert_matches(caught(&c), "^" WHEN "offloader\\[[0-9]+\\]: "
	    "warning: backend=\\[::1\\]:80 errno=111\n$");
	log_role("worker");
	catch_stderr(&c);
	log_error("e");
	log_info("i");
	log_role(NULL);
	assert_matches(caught(&c),
	    "^" WHEN "offloader\\[worker [0-9]+\\]: error: e\n"
	    WHEN "offloader\\[worker [0-9]+\\]: info: i\n$");
}

static void
test_each_level_says_no_more_than_it_should(void **state)
{
	static const struct { int level; const char *pattern; } rows[] = {
		{ LOG_SILENT, "^$" },
		{ LOG_TROUBLE, "^[^\n]*: e\n[^\n]*: w\n$" },
		{ LOG_EVENTS, "^[^\n]*: e\n[^\n]*: w\n[^\n]*: i\n$" },
	};
	struct catcher c;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		open_sink(rows[i].level, NULL, false);
		assert_int_equal(log_events(), rows[i].level == LOG_EVENTS);
		catch_stderr(&c);
		log_error("e");
		log_warn("w");
		log_info("i");
		assert_matches(caught(&c), rows[i].pattern);
	}
}

static void
test_a_file_is_appended_to_and_quiet_keeps_errors(void **state)
{
	char path[] = "/tmp/test_log.XXXXXX", text[1000];
	struct catcher c;

	(void)state;
	close(mkstemp(path));
	catch_stderr(&c);
	open_sink(LOG_EVENTS, path, false);
	log_info("one");
	open_sink(LOG_EVENTS, path, true);
	log_info("two");
	log_error("three");
	open_sink(LOG_EVENTS, NULL, false);
	assert_matches(caught(&c),
	    "^[^\n]*info: one\n[^\n]*error: three\n$");
	assert_matches(read_text(path, text, sizeof text), "^[^\n]*info: one\n"
	    "[^\n]*info: two\n[^\n]*error: three\n$");
	unlink(path);
}

static void
test_a_file_that_cannot_be_opened_leaves_the_old_sink(void **state)
{
	const struct log_sink bad = { .level = LOG_SILENT,
	    .file = "/nonexistent/log", .quiet = true };
	struct catcher c;
	struct err e;

	(void)state;
	open_sink(LOG_EVENTS, NULL, false);
	assert_int_equal(log_open(&bad, &e), -1);
	assert_non_null(strstr(e.text, "/nonexistent/log"));
	assert_int_equal(e.kind, ERR_OS);
	catch_stderr(&c);
	log_info("still here");
	assert_matches(caught(&c), "still here\n$");
}

static void
test_a_line_too_long_ends_in_dots_and_a_whole_letter(void **state)
{
	char huge[2 * PIPE_BUF];
	struct catcher c;
	const char *text;
	size_t len;

	(void)state;
	/* Whatever the head's length, one of three has a letter at the cut. */
	for (int shift = 0; shift < 3; shift++) {
		memset(huge, 'x', sizeof huge);
		for (size_t i = (size_t)shift; i + 3 < sizeof huge; i += 3)
			memcpy(huge + i, "\xe2\x82\xac", 3);
		huge[sizeof huge - 1] = '\0';
		catch_stderr(&c);
		log_info("%s", huge);
		text = caught(&c);
		len = strlen(text);
		assert_true(len <= PIPE_BUF && len > PIPE_BUF - 8);
		assert_string_equal(text + len - 7, "\xe2\x82\xac...\n");
	}
}

static void
test_control_bytes_do_not_make_a_second_line(void **state)
{
	struct catcher c;

	(void)state;
	catch_stderr(&c);
	log_info("%s", "a\nb\rc\033d");
	assert_matches(caught(&c), "^[^\n]*info: a b c d\n$");
}

static void
test_logging_leaves_errno_alone(void **state)
{
	struct catcher c;

	(void)state;
	catch_stderr(&c);
	close(STDERR_FILENO);
	errno = ENOTTY;
	log_error("nobody hears it");
	assert_int_equal(errno, ENOTTY);
	caught(&c);
}

#define WRITERS	4
#define LINES	500

/* Every line holds one letter only: a mix of two would show. */
static void __attribute__((noreturn))
write_lines(char letter)
{
	char text[1000];

	memset(text, letter, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int i = 0; i < LINES; i++)
		log_info("%s", text);
	_exit(0);
}

static void
test_lines_of_several_processes_never_mix(void **state)
{
	char path[] = "/tmp/test_log.XXXXXX", line[2000], *text;
	unsigned n = 0;
	FILE *f;

	(void)state;
	close(mkstemp(path));
	open_sink(LOG_EVENTS, path, true);
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_lines((char)('a' + i));
	while (wait(NULL) > 0)
		continue;
	open_sink(LOG_EVENTS, NULL, false);
	f = fopen(path, "r");
	assert_non_null(f);
	for (; fgets(line, sizeof line, f) != NULL; n++) {
		text = strstr(line, "info: ");
		assert_non_null(text);
		text += strlen("info: ");
		assert_int_equal(strspn(text, (char[]){ *text, '\0' }), 999);
		assert_string_equal(text + 999, "\n");
	}
	fclose(f);
	unlink(path);
	assert_int_equal(n, WRITERS * LINES);
}

static void
test_syslog_can_be_opened_and_closed(void **state)
{
	const struct log_sink s = { .level = LOG_TROUBLE, .syslog = true,
	    .facility = LOG_DAEMON, .quiet = true };
	struct err e;

	(void)state;
	assert_int_equal(log_open(&s, &e), 0);
	assert_int_equal(log_open(&s, &e), 0);
	open_sink(LOG_EVENTS, NULL, false);
}

static void
count_one(void *n)
{
	++*(unsigned *)n;
}

static void
test_lines_that_were_lost_are_counted_and_told(void **state)
{
	char path[] = "/tmp/test_log.XXXXXX", text[1 << 17], wanted[64];
	unsigned lost = 0, asked = 0;
	struct log_sink s = { .level = LOG_EVENTS, .quiet = true,
	    .file = path };
	struct err e;
	int fd;

	(void)state;
	close(mkstemp(path));
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* Nobody reads from it: that is a fault, and not a long wait. */
	assert_int_equal(log_open(&s, &e), -1);
	fd = open(path, O_RDWR | O_NONBLOCK);
	assert_int_equal(log_open(&s, &e), 0);
	log_set_hooks(&(struct log_hooks){ .lost = count_one, .arg = &lost });
	while (lost < 7) {
		log_info("line");
		asked++;
	}
	assert_true(read(fd, text, sizeof text) > 0);
	log_info("one more");
	text[read(fd, text, sizeof text - 1)] = '\0';
	snprintf(wanted, sizeof wanted, "^[^\n]*warning: %u lines were lost\n"
	    "[^\n]*info: one more\n$", lost);
	assert_matches(text, wanted);
	log_info("and so on");
	text[read(fd, text, sizeof text - 1)] = '\0';
	assert_matches(text, "^[^\n]*info: and so on\n$");
	assert_int_equal(lost, 7);
	assert_true(asked > 100);
	log_set_hooks(&(struct log_hooks){ .lost = NULL });
	open_sink(LOG_EVENTS, NULL, false);
	close(fd);
	unlink(path);
}

static void
test_lines_of_connections_have_a_file_of_their_own(void **state)
{
	char path[] = "/tmp/test_log.XXXXXX", text[1000];
	struct log_sink s = { .level = LOG_SILENT, .leaves = true,
	    .access = path };
	struct catcher c;
	struct err e;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(log_open(&s, &e), 0);
	assert_true(log_fd(LOG_PART_ACCESS) != -1);
	assert_int_equal(log_fd(LOG_PART_FILE), -1);
	catch_stderr(&c);
	log_access("{\"a\":1}, and not this", 7);
	assert_string_equal(caught(&c), "");
	assert_string_equal(read_text(path, text, sizeof text), "{\"a\":1}\n");
	unlink(path);

	/* Without one they go where all lines go, whatever the level is. */
	s.access = NULL;
	assert_int_equal(log_open(&s, &e), 0);
	catch_stderr(&c);
	log_access("a=1 b", 3);
	assert_matches(caught(&c), "info: conn a=1\n$");

	s.access = "/nonexistent/log";
	s.access_at = "x.conf:7";
	assert_int_equal(log_open(&s, &e), -1);
	assert_string_equal(e.text, "x.conf:7: cannot open log file "
	    "/nonexistent/log: No such file or directory");
	open_sink(LOG_EVENTS, NULL, false);
}

#define ROW(bytes, text)	{ bytes, sizeof bytes - 1, text }

static const struct {
	const char *bytes;
	size_t len;
	const char *text;
} escapes[] = {
	ROW("", ""),
	ROW("plain text, 100% of it: ~!", "plain text, 100% of it: ~!"),
	ROW("O'Brien", "O'Brien"),
	ROW("a\"b\\c", "a\\x22b\\x5Cc"),
	ROW("\0\n\r\t\033\177", "\\x00\\x0A\\x0D\\x09\\x1B\\x7F"),
	ROW("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	    "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
	/* C1 controls begin terminal sequences too. */
	ROW("\xc2\x80\xc2\x9b\xc2\x9f", "\\xC2\\x80\\xC2\\x9B\\xC2\\x9F"),
	ROW("\xc2\xa0", "\xc2\xa0"),
	/* Ends of lines in Unicode, and what run_queue the reading around. */
	ROW("\xe2\x80\xa7\xe2\x80\xa8", "\xe2\x80\xa7\\xE2\\x80\\xA8"),
	ROW("\xe2\x80\xae\xe2\x80\xaf", "\\xE2\\x80\\xAE\xe2\x80\xaf"),
	ROW("\xe2\x81\xa5\xe2\x81\xa6", "\xe2\x81\xa5\\xE2\\x81\\xA6"),
	ROW("\xe2\x81\xa9\xe2\x81\xaa", "\\xE2\\x81\\xA9\xe2\x81\xaa"),
	/* the outermost letters of each length */
	ROW("\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
	    "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	ROW("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"),
	/* overlong forms, surrogates, above U+10FFFF */
	ROW("\xc0\x80", "\\xC0\\x80"),
	ROW("\xc1\xbf", "\\xC1\\xBF"),
	ROW("\xe0\x9f\xbf", "\\xE0\\x9F\\xBF"),
	ROW("\xf0\x8f\xbf\xbf", "\\xF0\\x8F\\xBF\\xBF"),
	ROW("\xed\xa0\x80", "\\xED\\xA0\\x80"),
	ROW("\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"),
	ROW("\xf5\x80\x80\x80", "\\xF5\\x80\\x80\\x80"),
	ROW("\xff\xfe", "\\xFF\\xFE"),
	/* halves: no beginning, no end, the end cut off by a letter */
	ROW("\x80", "\\x80"),
	ROW("\xc3", "\\xC3"),
	ROW("\xe2\x82", "\\xE2\\x82"),
	ROW("\xf0\x9f\x98", "\\xF0\\x9F\\x98"),
	ROW("\xe2\x82 ", "\\xE2\\x82 "),
	ROW("\xc3" "a", "\\xC3" "a"),
};

static void
test_what_is_not_harmless_text_is_escaped(void **state)
{
	char out[200];

	(void)state;
	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
		assert_string_equal(log_escape(out, sizeof out,
		    escapes[i].bytes, escapes[i].len), escapes[i].text);
}

static void
test_escaped_text_that_does_not_fit_ends_in_dots(void **state)
{
	static const struct { size_t size; const char *in, *out; } rows[] = {
		{ 7, "abcdef", "abcdef" },
		{ 6, "abcdef", "ab..." },
		{ 4, "abcdef", "..." },
		{ 3, "abcdef", ".." },
		{ 2, "abcdef", "." },
		{ 1, "abcdef", "" },
		{ 1, "", "" },
		{ 9, "\n\n", "\\x0A\\x0A" },
		{ 8, "\n\n", "\\x0A..." },
		{ 7, "\n\n", "..." },
		{ 7, "\xe2\x82\xac\xe2\x82\xac", "\xe2\x82\xac\xe2\x82\xac" },
		{ 6, "\xe2\x82\xac\xe2\x82\xac", "..." },
		{ 7, "\xe2\x82\xac\xe2\x82\xac!", "\xe2\x82\xac..." },
	};
	char *out;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		/* On the heap: a byte too many is seen there. */
		out = malloc(rows[i].size);
		log_escape(out, rows[i].size, rows[i].in, strlen(rows[i].in));
		assert_string_equal(out, rows[i].out);
		free(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_says_when_who_how_bad_and_what),
		cmocka_unit_test(test_each_level_says_no_more_than_it_should),
		cmocka_unit_test(
		    test_a_file_is_appended_to_and_quiet_keeps_errors),
		cmocka_unit_test(
		    test_a_file_that_cannot_be_opened_leaves_the_old_sink),
		cmocka_unit_test(
		    test_a_line_too_long_ends_in_dots_and_a_whole_letter),
		cmocka_unit_test(test_control_bytes_do_not_make_a_second_line),
		cmocka_unit_test(test_logging_leaves_errno_alone),
		cmocka_unit_test(test_lines_of_several_processes_never_mix),
		cmocka_unit_test(test_syslog_can_be_opened_and_closed),
		cmocka_unit_test(
		    test_lines_that_were_lost_are_counted_and_told),
		cmocka_unit_test(
		    test_lines_of_connections_have_a_file_of_their_own),
		cmocka_unit_test(test_what_is_not_harmless_text_is_escaped),
		cmocka_unit_test(
		    test_escaped_text_that_does_not_fit_ends_in_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
