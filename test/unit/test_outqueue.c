/*
 * test_outqueue.c - bytes that had to wait come out once and in order.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "dice.h"
#include "fake_pool.h"
#include "relay/plain_side.h"

#define MANY	(40 * OUTQUEUE_BUFFER)	/* more than one sendmsg() can take */

static struct pool pool = { .size = OUTQUEUE_BUFFER, .keep = 4 };
static uint8_t in[MANY], out[MANY];

static int
set_up(void **state)
{
	struct dice d = dice_new(1);

	(void)state;
	dice_fill(&d, in, sizeof in);
	memset(out, 0, sizeof out);
	fake_pool.may_take = -1;
	return 0;
}

/* Whatever a test did, every buffer was given back. */
static int
tear_down(void **state)
{
	(void)state;
	pool_empty(&pool);
	return fake_pool.in_use;
}

static void
make_pair(int fd[2])
{
	int small = 4096;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fd), 0);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
}

static void
test_every_byte_comes_out_once_and_in_order(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 500; seed++) {
		struct outqueue b = { .pool = &pool };
		struct dice d = dice_new(seed);
		size_t put = 0, taken = 0, max = 3 * OUTQUEUE_BUFFER;

		while (taken < sizeof in / 4) {
			size_t n = dice_size(&d, max);

			if (n > sizeof in / 4 - put)
				n = sizeof in / 4 - put;
			if (dice_one_in(&d, 2)) {
				assert_true(outqueue_put(&b, in + put, n));
				put += n;
			} else
				taken += outqueue_take(&b, out + taken,
				    dice_size(&d, max));
			assert_int_equal(b.len, put - taken);
			assert_int_equal(b.len == 0, b.first == NULL);
		}
		assert_memory_equal(in, out, sizeof in / 4);
		assert_int_equal(fake_pool.in_use, 0);
	}
}

static void
test_a_full_socket_takes_the_rest_later(void **state)
{
	struct outqueue b = { .pool = &pool };
	size_t got = 0, before;
	int fd[2], waits = 0;
	ssize_t n;
	enum io io;

	(void)state;
	make_pair(fd);
	assert_true(outqueue_put(&b, in, sizeof in));
	do {
		before = b.len;
		io = outqueue_send(&b, fd[0]);
		assert_int_not_equal(io, IO_ERROR);
		waits += io == IO_WAIT;
		assert_true(b.len <= before);
		while ((n = read(fd[1], out + got, sizeof out - got)) > 0)
			got += (size_t)n;
		assert_int_equal(got, sizeof in - b.len);
	} while (io == IO_WAIT);
	assert_true(waits > 1);
	assert_memory_equal(in, out, sizeof in);
	assert_int_equal(b.len, 0);
	close(fd[0]);
	close(fd[1]);
}

static void
test_an_empty_one_owns_nothing_and_has_nothing_to_send(void **state)
{
	struct outqueue b = { .pool = &pool };

	(void)state;
	assert_true(outqueue_put(&b, in, 0));
	assert_int_equal(fake_pool.in_use, 0);
	assert_int_equal(outqueue_take(&b, out, sizeof out), 0);
	assert_int_equal(outqueue_send(&b, -1), IO_OK);
	outqueue_clear(&b);
	assert_true(outqueue_put(&b, in, 1));
	assert_int_equal(outqueue_take(&b, out, 0), 0);
	assert_int_equal(b.len, 1);
	assert_int_equal(outqueue_take(&b, out, sizeof out), 1);
	assert_int_equal(fake_pool.in_use, 0);
}

static void
test_a_cleared_one_gives_back_all_and_can_be_used_again(void **state)
{
	struct outqueue b = { .pool = &pool };

	(void)state;
	assert_true(outqueue_put(&b, in, 5 * OUTQUEUE_BUFFER));
	assert_true(fake_pool.in_use >= 5);
	outqueue_clear(&b);
	assert_int_equal(fake_pool.in_use, 0);
	assert_int_equal(b.len, 0);
	assert_true(outqueue_put(&b, in, 10));
	assert_int_equal(outqueue_take(&b, out, sizeof out), 10);
	assert_memory_equal(in, out, 10);
}

/* Small pieces share a buffer: a byte must not cost sixteen thousand. */
static void
test_small_pieces_share_buffers(void **state)
{
	struct outqueue b = { .pool = &pool };

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		assert_true(outqueue_put(&b, in + i, 1));
	assert_int_equal(fake_pool.in_use, 1);
	outqueue_clear(&b);
}

static void
test_without_memory_what_was_there_is_still_there(void **state)
{
	const size_t old = OUTQUEUE_BUFFER / 2;

	(void)state;
	for (int have = 0; have < 4; have++) {
		struct outqueue b = { .pool = &pool };

		fake_pool.may_take = have;
		assert_int_equal(outqueue_put(&b, in, old), have > 0);
		assert_false(outqueue_put(&b, in + old,
		    4 * OUTQUEUE_BUFFER));
		assert_int_equal(outqueue_take(&b, out, old),
		    have > 0 ? old : 0);
		assert_memory_equal(in, out, have > 0 ? old : 0);
		outqueue_clear(&b);
		assert_int_equal(b.len, 0);
	}
}

static void
test_a_socket_nobody_reads_from_is_an_error(void **state)
{
	struct outqueue b = { .pool = &pool };
	int fd[2];

	(void)state;
	make_pair(fd);
	close(fd[1]);
	assert_true(outqueue_put(&b, in, 100));
	assert_int_equal(outqueue_send(&b, fd[0]), IO_ERROR);
	assert_int_equal(errno, EPIPE);	/* and no SIGPIPE */
	assert_int_equal(b.len, 100);
	outqueue_clear(&b);
	close(fd[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_every_byte_comes_out_once_and_in_order, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_full_socket_takes_the_rest_later, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_an_empty_one_owns_nothing_and_has_nothing_to_send,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_cleared_one_gives_back_all_and_can_be_used_again,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_small_pieces_share_buffers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_without_memory_what_was_there_is_still_there, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_socket_nobody_reads_from_is_an_error, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
