/*
 * test_os_program.c - where a program is that was called by some name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "folder.h"

static struct folder folder;

static void
is_at(const char *argv0, const char *wanted)
{
	char *found = os_program(argv0);

	if (wanted == NULL)
		assert_null(found);
	else {
		assert_non_null(found);
		assert_string_equal(found, wanted);
	}
	free(found);
}

static void
test_a_path_is_taken_as_it_is(void **state)
{
	(void)state;
	is_at("/usr/sbin/offloader", "/usr/sbin/offloader");
}

static void
test_a_relative_path_begins_here(void **state)
{
	char here[128];

	(void)state;
	assert_int_equal(chdir(folder.path), 0);
	snprintf(here, sizeof here, "%s/./program", folder.path);
	is_at("./program", here);
}

static void
test_a_name_is_looked_for_in_path(void **state)
{
	char path[256], there[128];

	(void)state;
	snprintf(path, sizeof path, "/nowhere:%s:/usr/bin", folder.path);
	snprintf(there, sizeof there, "%s/program", folder.path);
	setenv("PATH", path, 1);
	is_at("program", there);
	is_at("plain", NULL);
	is_at("nothing", NULL);
}

static void
test_an_empty_part_of_path_is_here(void **state)
{
	char here[128];

	(void)state;
	assert_int_equal(chdir(folder.path), 0);
	snprintf(here, sizeof here, "%s/./program", folder.path);
	setenv("PATH", ":/nowhere", 1);
	is_at("program", here);
}

static void
test_no_name_is_nowhere(void **state)
{
	(void)state;
	is_at("", NULL);
	is_at(NULL, NULL);
	unsetenv("PATH");
	is_at("program", NULL);
}

static int
make(void **state)
{
	(void)state;
	return folder_make(&folder) != 0 ||
	    folder_write(&folder, "plain", "", 0) == NULL ||
	    folder_write(&folder, "program", "", 0) == NULL ||
	    chmod(folder_file(&folder, "program"), 0755) != 0 ? -1 : 0;
}

static int
unmake(void **state)
{
	(void)state;
	return folder_remove(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_path_is_taken_as_it_is),
		cmocka_unit_test(test_a_relative_path_begins_here),
		cmocka_unit_test(test_a_name_is_looked_for_in_path),
		cmocka_unit_test(test_an_empty_part_of_path_is_here),
		cmocka_unit_test(test_no_name_is_nowhere),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
