/*
 * test_err.c - sentences keep their place, and statuses are sysexits'.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/err.h"

static void
test_a_sentence_is_stored_and_means_failure(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_set(&e, "%s: \"%s\" is no number", "workers",
	    "two"), -1);
	assert_string_equal(e.text, "workers: \"two\" is no number");
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(err_set_kind(&e, ERR_BIND, "port %d", 443), -1);
	assert_string_equal(e.text, "port 443");
	assert_int_equal(e.kind, ERR_BIND);
}

static void
test_no_memory_is_a_fault_of_the_system(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_memory(&e, "a.pem"), -1);
	assert_string_equal(e.text, "a.pem: out of memory");
	assert_int_equal(e.kind, ERR_OS);
	assert_int_equal(err_memory(&e, NULL), -1);
	assert_string_equal(e.text, "out of memory");
}

static void
test_a_place_goes_before_the_sentence(void **state)
{
	struct err e;

	(void)state;
	err_set_kind(&e, ERR_NO_FILE, "no such file");
	assert_int_equal(err_at(&e, "line 2"), -1);
	assert_int_equal(err_at(&e, "a.conf"), -1);
	assert_string_equal(e.text, "a.conf: line 2: no such file");
	assert_int_equal(e.kind, ERR_NO_FILE);
}

static void
test_too_long_a_sentence_loses_its_end_and_not_its_place(void **state)
{
	char huge[2 * sizeof ((struct err *)0)->text];
	struct err e;

	(void)state;
	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	err_set(&e, "%s", huge);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	err_at(&e, "here");
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
	assert_memory_equal(e.text, "here: xxx", 9);
}

static void
test_each_kind_has_its_exit_status(void **state)
{
	static const struct { enum err_kind kind; int status; } rows[] = {
		{ ERR_CONFIG, EX_CONFIG },
		{ ERR_USAGE, EX_USAGE },
		{ ERR_NO_FILE, EX_NOINPUT },
		{ ERR_BIND, EX_UNAVAILABLE },
		{ ERR_OS, EX_OSERR },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		err_set_kind(&e, rows[i].kind, "text");
		assert_int_equal(err_exit_status(&e), rows[i].status);
	}
}

static const char *said[4];
static int n_said;

static void
say(const char *sentence)
{
	said[n_said++] = strdup(sentence);
}

static void
test_faults_are_said_as_they_come_or_held(void **state)
{
	struct faults f = { .say = say };
	char *text = NULL;
	struct err e;
	size_t len;

	(void)state;
	err_set_kind(&e, ERR_OS, "one");
	assert_int_equal(faults_add(&f, &e), -1);
	assert_int_equal(n_said, 1);
	assert_string_equal(said[0], "one");
	free((char *)said[0]);
	f.held = open_memstream(&text, &len);
	err_set(&e, "two\n");
	faults_add(&f, &e);
	err_set(&e, "three");
	faults_add(&f, &e);
	fclose(f.held);
	assert_int_equal(n_said, 1);
	assert_int_equal(len, 11);
	assert_memory_equal(text, "two\n\0three", 11);
	free(text);
	assert_int_equal(f.n, 3);
	assert_string_equal(f.first.text, "one");
	assert_int_equal(f.first.kind, ERR_OS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sentence_is_stored_and_means_failure),
		cmocka_unit_test(test_no_memory_is_a_fault_of_the_system),
		cmocka_unit_test(test_a_place_goes_before_the_sentence),
		cmocka_unit_test(
		    test_too_long_a_sentence_loses_its_end_and_not_its_place),
		cmocka_unit_test(test_each_kind_has_its_exit_status),
		cmocka_unit_test(test_faults_are_said_as_they_come_or_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
