/*
 * test_file.c - whole files, read once they stand still.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "one_folder.h"

#define MAX	64

static int meddle;			/* so many reads see a file change */

ssize_t __real_read(int, void *, size_t);
ssize_t __wrap_read(int, void *, size_t);

/* Somebody appends to the file just before. */
ssize_t
__wrap_read(int fd, void *buf, size_t len)
{
	FILE *f;

	if (meddle-- > 0 && (f = fopen(folder.file, "a")) != NULL) {
		fputc('x', f);
		fclose(f);
	}
	return __real_read(fd, buf, len);
}

static void
test_a_file_comes_whole_and_terminated(void **state)
{
	static const struct { const char *bytes; size_t len; } rows[] = {
		{ "", 0 }, { "a", 1 }, { "a\0b", 3 }, { "line\n", 5 },
		{ "0123456789012345678901234567890123456789"
		    "012345678901234567890123", MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = { .text = "" };
		struct file t;

		assert_int_equal(file_read(&t, folder_write(&folder, "file",
		    rows[i].bytes, rows[i].len), MAX, &e), 0);
		assert_int_equal(t.len, rows[i].len);
		assert_memory_equal(t.bytes, rows[i].bytes, rows[i].len);
		assert_int_equal(t.bytes[t.len], '\0');
		assert_true(file_id_matches_path(&t.id, folder.file));
		file_clear(&t);
		assert_null(t.bytes);
		file_clear(&t);
	}
}

static void
test_what_is_no_such_file_is_refused_without_waiting(void **state)
{
	static const struct {
		const char *name, *why;
		enum err_kind kind;
	} rows[] = {
		{ "nothing", ": No such file", ERR_NO_FILE },
		{ "", ": not a regular file of at most 64", ERR_CONFIG },
		{ "fifo", ": not a regular file of at most 64", ERR_CONFIG },
		{ "large", ": not a regular file of at most 64", ERR_CONFIG },
		{ "large/x", ": Not a directory", ERR_CONFIG },
	};
	char bytes[MAX + 1] = "";

	(void)state;
	assert_int_equal(mkfifo(folder_file(&folder, "fifo"), 0600), 0);
	assert_non_null(folder_write(&folder, "large", bytes, sizeof bytes));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *file = folder_file(&folder, rows[i].name);
		struct err e = { .text = "" };
		struct file t;

		assert_int_equal(file_read(&t, file, MAX, &e), -1);
		assert_int_equal(e.kind, rows[i].kind);
		assert_ptr_equal(strstr(e.text, file), e.text);
		assert_ptr_equal(strstr(e.text, rows[i].why),
		    e.text + strlen(file));
	}
}

static void
test_a_file_that_changes_meanwhile_is_read_again(void **state)
{
	struct err e = { .text = "" };
	struct file t;

	(void)state;
	folder_write(&folder, "busy", "abc", 3);
	meddle = 1;
	assert_int_equal(file_read(&t, folder.file, MAX, &e), 0);
	assert_string_equal(t.bytes, "abcx");
	assert_true(file_id_matches_path(&t.id, folder.file));
	file_clear(&t);
}

static void
test_a_file_that_never_stands_still_is_refused(void **state)
{
	struct err e = { .text = "" };
	struct file t;

	(void)state;
	folder_write(&folder, "busy", "abc", 3);
	meddle = 1000;
	assert_int_equal(file_read(&t, folder.file, 4000, &e), -1);
	assert_non_null(strstr(e.text, "busy: changed while it was read"));
	meddle = 0;
}

static void
test_a_secret_is_its_owners_alone(void **state)
{
	static const struct { mode_t mode; bool roots, others; } rows[] = {
		{ 0600, true, true }, { 0400, true, true },
		{ 0700, true, true }, { 0640, true, false },
		{ 0440, true, false }, { 0660, false, false },
		{ 0620, false, false }, { 0650, false, false },
		{ 0604, false, false }, { 0644, false, false },
		{ 0602, false, false }, { 0601, false, false },
		{ 0666, false, false },
	};
	struct err e;
	struct file t;

	(void)state;
	assert_non_null(folder_write(&folder, "secret", "x", 1));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct stat of_root = { .st_mode = S_IFREG |
		    rows[i].mode }, of_other = { .st_mode = S_IFREG |
		    rows[i].mode, .st_uid = 1 };
		bool good = geteuid() == 0 ? rows[i].roots : rows[i].others;

		assert_int_equal(file_is_private(&of_root), rows[i].roots);
		assert_int_equal(file_is_private(&of_other),
		    rows[i].others);
		assert_int_equal(chmod(folder.file, rows[i].mode), 0);
		assert_int_equal(file_read_secret(&t, folder.file, MAX, false,
		    &e), good ? 0 : -1);
		if (good)
			file_clear(&t);
		else
			assert_non_null(strstr(e.text, "secret: other "
			    "users can read or change this secret: chmod 600"));
		assert_int_equal(file_read_secret(&t, folder.file, MAX, true,
		    &e), 0);
		assert_int_equal(t.insecure, !good);
		file_clear(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_comes_whole_and_terminated),
		cmocka_unit_test(
		    test_what_is_no_such_file_is_refused_without_waiting),
		cmocka_unit_test(
		    test_a_file_that_changes_meanwhile_is_read_again),
		cmocka_unit_test(
		    test_a_file_that_never_stands_still_is_refused),
		cmocka_unit_test(test_a_secret_is_its_owners_alone),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
