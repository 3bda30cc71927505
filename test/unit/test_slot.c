/*
 * test_slot.c - readers see whole values, or none.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/slot.h"

#define WHOLE	20000		/* values to be seen, each another one */

/* Bytes that are all the same make a mix of two values easy to see. */
static void __attribute__((noreturn))
write_for_ever(struct slot *s)
{
	unsigned char value[SLOT_SIZE];

	/* The test may be stopped while we write. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 1;; i++) {
		memset(value, (int)(i & 0xff), sizeof value);
		slot_write(s, value, 1 + i % SLOT_SIZE);
		/* Lets a single CPU's reader have its turn. */
		if (i % 16 == 0)
			usleep(1);
	}
}

static void
test_no_reader_sees_half_a_value(void **state)
{
	struct slot *s = slot_new();
	unsigned char value[SLOT_SIZE];
	unsigned seen = 0;
	uint32_t last = 0;
	pid_t writer;

	(void)state;
	assert_non_null(s);
	if ((writer = fork()) == 0)
		write_for_ever(s);
	assert_int_not_equal(writer, -1);
	while (seen < WHOLE) {
		size_t n = slot_read(s, value, sizeof value);

		for (size_t i = 1; i < n; i++)
			if (value[i] != value[0])
				fail_msg("torn after %u values", seen);
		if (n > 0 && slot_version(s) != last) {
			last = slot_version(s);
			seen++;
		}
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	slot_free(s);
}

/* A writer killed between two words must not stop its successor. */
static void
test_a_dead_writer_leaves_no_value_until_the_next_one_writes(void **state)
{
	struct slot *s = slot_new();
	char out[SLOT_SIZE];

	(void)state;
	assert_true(slot_write(s, "first", 5));
	atomic_fetch_add(&s->seq, 1);
	assert_int_equal(slot_read(s, out, sizeof out), 0);
	assert_int_equal(slot_version(s), 1);
	assert_true(slot_write(s, "second", 6));
	assert_int_equal(slot_read(s, out, sizeof out), 6);
	assert_memory_equal(out, "second", 6);
	assert_int_equal(slot_version(s), 2);
	slot_free(s);
}

static void
test_every_length_comes_back_whole(void **state)
{
	struct slot *s = slot_new();
	unsigned char in[SLOT_SIZE], out[SLOT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (unsigned char)(i * 7 + 1);
	for (size_t len = 1; len <= SLOT_SIZE; len++) {
		assert_true(slot_write(s, in, len));
		assert_int_equal(slot_version(s), len);
		assert_int_equal(slot_read(s, out, len), len);
		assert_memory_equal(in, out, len);
	}
	slot_free(s);
}

static void
test_a_new_slot_is_empty_and_can_be_emptied(void **state)
{
	struct slot *s = slot_new();
	char out[8];

	(void)state;
	assert_int_equal(slot_read(s, out, sizeof out), 0);
	assert_int_equal(slot_version(s), 0);
	assert_true(slot_write(s, "value", 5));
	assert_true(slot_write(s, NULL, 0));
	assert_int_equal(slot_read(s, out, sizeof out), 0);
	assert_int_equal(slot_version(s), 2);
	slot_free(s);
	slot_free(NULL);
}

static void
test_a_value_too_big_is_refused_and_the_old_one_stays(void **state)
{
	struct slot *s = slot_new();
	char big[SLOT_SIZE + 1] = { 0 };
	char out[8];

	(void)state;
	assert_true(slot_write(s, "old", 3));
	assert_false(slot_write(s, big, sizeof big));
	assert_int_equal(slot_version(s), 1);
	assert_int_equal(slot_read(s, out, sizeof out), 3);
	assert_memory_equal(out, "old", 3);
	slot_free(s);
}

static void
test_a_reader_without_room_gets_nothing(void **state)
{
	struct slot *s = slot_new();
	char out[4] = "...";

	(void)state;
	assert_true(slot_write(s, "value", 5));
	assert_int_equal(slot_read(s, out, sizeof out), 0);
	assert_string_equal(out, "...");
	slot_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_reader_sees_half_a_value),
		cmocka_unit_test(
	    test_a_dead_writer_leaves_no_value_until_the_next_one_writes),
		cmocka_unit_test(test_every_length_comes_back_whole),
		cmocka_unit_test(test_a_new_slot_is_empty_and_can_be_emptied),
		cmocka_unit_test(
		    test_a_value_too_big_is_refused_and_the_old_one_stays),
		cmocka_unit_test(test_a_reader_without_room_gets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
