/*
 * test_os_channel.c - words between processes arrive alone or with a
 * descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "base/os_channel.h"

static void
test_a_word_arrives_with_its_descriptor(void **state)
{
	int channel[2], pipe_fd[2], fd;
	char word, byte = 0;

	(void)state;
	assert_int_equal(os_pair(channel), 0);
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(os_channel_send(channel[0], 'a', -1), 0);
	assert_int_equal(os_channel_send(channel[0], 'b', pipe_fd[1]), 0);
	assert_int_equal(os_channel_receive(channel[1], &word, &fd), 1);
	assert_int_equal(word, 'a');
	assert_int_equal(fd, -1);
	assert_int_equal(os_channel_receive(channel[1], &word, &fd), 1);
	assert_int_equal(word, 'b');
	assert_int_not_equal(fd, pipe_fd[1]);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(pipe_fd[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(fd);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	close(channel[0]);
	close(channel[1]);
}

static void
test_nothing_and_the_end_are_told_apart(void **state)
{
	int channel[2], fd;
	char word;

	(void)state;
	assert_int_equal(os_pair(channel), 0);
	assert_int_equal(os_channel_receive(channel[1], &word, &fd), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fd, -1);
	close(channel[0]);
	assert_int_equal(os_channel_receive(channel[1], &word, &fd), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(os_channel_send(channel[1], 'a', -1), -1);
	assert_int_equal(errno, EPIPE);
	close(channel[1]);
}

/* What the receiver does not take must not stay open in it. */
static void
test_more_descriptors_than_one_are_none_too_many(void **state)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	int channel[2], fd, last, *two;
	struct iovec bytes = { (char[]){ 'a' }, 1 };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof control };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	char word;

	(void)state;
	assert_int_equal(os_pair(channel), 0);
	last = dup(channel[0]);
	assert_true(last >= 0);
	close(last);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	two = (int *)(void *)CMSG_DATA(c);
	two[0] = two[1] = channel[0];
	assert_int_equal(sendmsg(channel[0], &m, 0), 1);
	assert_int_equal(os_channel_receive(channel[1], &word, &fd), 1);
	if (fd != -1)
		close(fd);
	fd = dup(channel[0]);
	assert_int_equal(fd, last);
	close(fd);
	close(channel[0]);
	close(channel[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_word_arrives_with_its_descriptor),
		cmocka_unit_test(test_nothing_and_the_end_are_told_apart),
		cmocka_unit_test(
		    test_more_descriptors_than_one_are_none_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
