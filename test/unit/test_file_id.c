/*
 * test_file_id.c - a file that was changed is told from the one before.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "folder.h"

static struct folder folder;
static char path[sizeof folder.file];

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0)
		return -1;
	snprintf(path, sizeof path, "%s", folder_file(&folder, "file"));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return folder_remove(&folder);
}

static void
write_to(const char *to, const char *text)
{
	FILE *f = fopen(to, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Waits until the file system's clock has gone on. */
static struct file_id
take_settled(void)
{
	struct file_id s;
	struct stat st;

	do {
		assert_int_equal(stat(path, &st), 0);
		file_id_set(&s, &st);
	} while (!s.settled);
	return s;
}

static void
remove_it(void)
{
	unlink(path);
}

static void
write_more(void)
{
	write_to(path, "longer");
}

static void
write_as_much(void)
{
	write_to(path, "two");
}

static void
rename_over(void)
{
	write_to(folder_file(&folder, "new"), "two");
	assert_int_equal(rename(folder.file, path), 0);
}

/* As cp -p and others do, who set the time back. */
static void
write_unseen(void)
{
	struct timespec old[2];
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	write_to(path, "two");
	old[0] = st.st_atim;
	old[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

static void
lead_elsewhere(void)
{
	write_to(folder_file(&folder, "other"), "two");
	unlink(path);
	assert_int_equal(symlink(folder.file, path), 0);
}

static void
read_it(void)
{
	char c;
	int fd = open(path, O_RDONLY);

	assert_int_equal(read(fd, &c, 1), 1);
	close(fd);
}

static void
test_every_change_is_recognised_and_reading_is_none(void **state)
{
	static const struct {
		void (*happens)(void);
		bool holds;
	} rows[] = {
		{ read_it, true }, { remove_it, false },
		{ write_more, false }, { write_as_much, false },
		{ rename_over, false }, { write_unseen, false },
		{ lead_elsewhere, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct file_id s;

		unlink(path);
		write_to(path, "one");
		s = take_settled();
		assert_true(file_id_matches_path(&s, path));
		rows[i].happens();
		if (file_id_matches_path(&s, path) != rows[i].holds)
			fail_msg("row %zu", i);
	}
}

/* Somebody may write into it again, and its times stay the same. */
static void
test_a_file_of_this_moment_is_not_settled(void **state)
{
	struct timespec now;
	struct file_id s;
	struct stat st;

	(void)state;
	write_to(path, "one");
	assert_int_equal(stat(path, &st), 0);
	clock_gettime(CLOCK_REALTIME, &now);
	st.st_ctim = now;
	file_id_set(&s, &st);
	assert_false(s.settled);
	st.st_ctim.tv_sec += 3600;	/* another machine's clock */
	file_id_set(&s, &st);
	assert_false(s.settled);
	st.st_ctim.tv_sec = now.tv_sec - 1;
	file_id_set(&s, &st);
	assert_true(s.settled);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_change_is_recognised_and_reading_is_none),
		cmocka_unit_test(test_a_file_of_this_moment_is_not_settled),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
