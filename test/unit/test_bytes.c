/*
 * test_bytes.c - bounded readers and writers, and arrays that grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/bytes.h"

static const uint8_t text[] = { 0x12, 0x34, 0x56, 0x02, 'a', 'b', 0x03, 'c' };

static void
test_reads_numbers_copies_and_blocks(void **state)
{
	struct bytes_in in = { text, 6, false }, block;
	uint8_t copy[2];

	(void)state;
	assert_int_equal(bytes_number(&in, 1), 0x12);
	assert_int_equal(bytes_number(&in, 2), 0x3456);
	block = bytes_block(&in, 1);
	assert_false(block.bad);
	bytes_copy(&block, copy, sizeof copy);
	assert_memory_equal(copy, "ab", 2);
	assert_true(bytes_done(&block));
	assert_true(bytes_done(&in));
	/* No bytes at all are no fault. */
	assert_non_null(bytes_take(&in, 0));
	assert_true(bytes_done(&in));
}

static void
test_eight_bytes_are_the_longest_number(void **state)
{
	static const uint8_t all[8] = { 0xff, 1, 2, 3, 4, 5, 6, 7 };
	struct bytes_in in = { all, sizeof all, false };

	(void)state;
	assert_true(bytes_number(&in, 8) == 0xff01020304050607);
}

static void
test_refuses_to_read_past_the_end(void **state)
{
	static const struct {
		size_t len, number, block;
	} rows[] = { { 0, 1, 0 }, { 1, 2, 0 }, { 2, 0, 3 }, { 8, 6, 1 },
	    { 7, 6, 1 }, { 8, 9, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes_in in = { text, rows[i].len, false }, block;
		uint8_t copy[2] = { 7, 7 };

		if (rows[i].number == 6)
			(void)bytes_take(&in, 6);
		else if (rows[i].number > 0)
			(void)bytes_number(&in, rows[i].number);
		if (rows[i].block > 0) {
			block = bytes_block(&in, rows[i].block);
			assert_true(block.bad);
			assert_int_equal(block.left, 0);
			assert_null(bytes_take(&block, 0));
		}
		assert_true(in.bad);
		assert_false(bytes_done(&in));
		/* It stays bad, and gives nothing any more. */
		assert_null(bytes_take(&in, 0));
		assert_int_equal(bytes_number(&in, 1), 0);
		bytes_copy(&in, copy, 1);
		assert_int_equal(copy[0], 7);
	}
}

static void
test_writes_what_it_reads(void **state)
{
	uint8_t room[sizeof text];
	struct bytes_out out = { .at = room, .size = 6 };
	size_t begin;

	(void)state;
	bytes_put_number(&out, 0x12, 1);
	bytes_put_number(&out, 0xff3456, 2);
	begin = bytes_begin_block(&out, 1);
	bytes_put(&out, "ab", 2);
	bytes_put(&out, NULL, 0);
	bytes_end_block(&out, begin, 1);
	assert_false(out.full);
	assert_int_equal(out.len, 6);
	assert_memory_equal(room, text, 6);
}

static void
test_refuses_to_write_past_the_end(void **state)
{
	uint8_t room[4] = { 0, 0, 0, 9 };
	struct bytes_out out = { .at = room, .size = 3 };

	(void)state;
	bytes_put(&out, "abcd", 4);
	assert_true(out.full);
	assert_int_equal(out.len, 0);
	bytes_put(&out, "a", 1);
	assert_int_equal(out.len, 0);
	assert_int_equal(room[3], 9);

	out = (struct bytes_out){ .at = room, .size = 3 };
	bytes_put_number(&out, 0x01020304, 4);
	assert_true(out.full);
	assert_int_equal(room[3], 9);
}

static void
test_refuses_a_block_too_long_for_its_length(void **state)
{
	static uint8_t room[300], bytes[256];
	struct bytes_out out = { .at = room, .size = sizeof room };
	size_t begin = bytes_begin_block(&out, 1);

	(void)state;
	bytes_put(&out, bytes, 255);
	bytes_end_block(&out, begin, 1);
	assert_false(out.full);
	assert_int_equal(room[0], 255);

	out = (struct bytes_out){ .at = room, .size = sizeof room };
	begin = bytes_begin_block(&out, 1);
	bytes_put(&out, bytes, 256);
	bytes_end_block(&out, begin, 1);
	assert_true(out.full);
}

static void
test_an_array_grows_by_one(void **state)
{
	unsigned *all = NULL;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		all = array_grow(all, i, sizeof *all);
		assert_non_null(all);
		all[i] = i;
	}
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(all[i], i);
	free(all);
}

static void
test_an_array_refuses_what_memory_cannot_hold(void **state)
{
	char one;

	(void)state;
	assert_null(array_grow(&one, SIZE_MAX / 2 + 1, 1));
	assert_null(array_grow(&one, (size_t)1 << 60, 16));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_numbers_copies_and_blocks),
		cmocka_unit_test(test_eight_bytes_are_the_longest_number),
		cmocka_unit_test(test_refuses_to_read_past_the_end),
		cmocka_unit_test(test_writes_what_it_reads),
		cmocka_unit_test(test_refuses_to_write_past_the_end),
		cmocka_unit_test(test_refuses_a_block_too_long_for_its_length),
		cmocka_unit_test(test_an_array_grows_by_one),
		cmocka_unit_test(test_an_array_refuses_what_memory_cannot_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
