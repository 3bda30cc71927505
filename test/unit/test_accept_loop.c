/*
 * test_accept_loop.c - clients are accepted, and pauses end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/accept_loop.h"

/* What the kernel answers, one after the other; 0: a socket. Then EAGAIN. */
static int answers[8];
static size_t n_answers, asked;
static unsigned clients, pauses;
static int result;

int __wrap_accept4(int, struct sockaddr *, socklen_t *, int);
int
__wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int answer = asked < n_answers ? answers[asked] : EAGAIN;

	(void)sa;
	(void)len;
	(void)flags;
	asked++;
	if (answer == 0)
		return dup(fd);
	errno = answer;
	return -1;
}

static int
on_client(struct accept_loop *a, size_t listener, int fd,
    const union addr *peer)
{
	(void)a;
	assert_int_equal(listener, 0);
	assert_int_equal(peer->family, AF_UNSPEC);
	close(fd);
	clients++;
	return result;
}

static void
on_pause(struct accept_loop *a)
{
	pauses++;
	assert_true(ev_is_active(&a->pause));
}

/* A listener that is always readable. */
static void
begin(struct accept_loop *a, int pair[2])
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);

	asked = clients = pauses = 0;
	result = 0;
	assert_non_null(loop);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	accept_loop_init(a, loop, on_client, NULL);
	a->paused = on_pause;
	assert_int_equal(accept_loop_add(a, pair[0]), 0);
	accept_loop_open(a);
}

static void
end(struct accept_loop *a, int pair[2])
{
	struct ev_loop *loop = a->loop;

	accept_loop_clear(a);
	ev_loop_destroy(loop);
	close(pair[0]);
	close(pair[1]);
}

static void
set_answers(size_t n, const int *all)
{
	for (size_t i = 0; i < n; i++)
		answers[i] = all[i];
	n_answers = n;
}

static void
test_no_descriptors_is_a_pause_that_ends(void **state)
{
	static const int errors[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM };
	struct accept_loop a;
	int pair[2];

	(void)state;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		set_answers(2, (int[]){ errors[i], 0 });
		begin(&a, pair);
		ev_run(a.loop, EVRUN_ONCE);
		assert_int_equal(pauses, 1);
		assert_int_equal(asked, 1);
		/* Nothing is asked for until the timer goes off. */
		while (clients == 0)
			ev_run(a.loop, EVRUN_ONCE);
		assert_int_equal(asked, 2);
		end(&a, pair);
	}
}

static void
test_what_the_caller_cannot_take_is_a_pause(void **state)
{
	struct accept_loop a;
	int pair[2];

	(void)state;
	set_answers(1, (int[]){ 0 });
	begin(&a, pair);
	result = ENOMEM;
	assert_false(accept_loop_one(&a, 0));
	assert_int_equal(pauses, 1);
	end(&a, pair);
}

static void
test_a_client_that_has_gone_is_no_pause(void **state)
{
	struct accept_loop a;
	int pair[2];

	(void)state;
	set_answers(3, (int[]){ ECONNABORTED, EPROTO, 0 });
	begin(&a, pair);
	assert_true(accept_loop_one(&a, 0));
	assert_true(accept_loop_one(&a, 0));
	assert_true(accept_loop_one(&a, 0));
	assert_false(accept_loop_one(&a, 0));
	assert_int_equal(clients, 1);
	assert_int_equal(pauses, 0);
	end(&a, pair);
}

static void
test_closed_in_a_pause_it_stays_closed(void **state)
{
	struct accept_loop a;
	int pair[2];

	(void)state;
	set_answers(1, (int[]){ EMFILE });
	begin(&a, pair);
	assert_false(accept_loop_one(&a, 0));
	accept_loop_close(&a);
	while (ev_is_active(&a.pause))
		ev_run(a.loop, EVRUN_ONCE);
	assert_false(ev_is_active(&a.watch[0]));
	accept_loop_open(&a);
	assert_true(ev_is_active(&a.watch[0]));
	end(&a, pair);
}

static void
test_opened_in_a_pause_it_waits_for_its_end(void **state)
{
	struct accept_loop a;
	int pair[2];

	(void)state;
	set_answers(1, (int[]){ EMFILE });
	begin(&a, pair);
	assert_false(accept_loop_one(&a, 0));
	accept_loop_close(&a);
	accept_loop_open(&a);
	assert_false(ev_is_active(&a.watch[0]));
	end(&a, pair);
}

/* Each listener is swept, and the first one's error is another's too. */
static void
test_in_a_pause_nothing_is_accepted(void **state)
{
	struct accept_loop a;
	int pair[2];

	(void)state;
	set_answers(3, (int[]){ EMFILE, EMFILE, 0 });
	begin(&a, pair);
	assert_false(accept_loop_one(&a, 0));
	assert_false(accept_loop_one(&a, 0));
	assert_int_equal(asked, 1);
	assert_int_equal(pauses, 1);
	end(&a, pair);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_descriptors_is_a_pause_that_ends),
		cmocka_unit_test(test_what_the_caller_cannot_take_is_a_pause),
		cmocka_unit_test(test_a_client_that_has_gone_is_no_pause),
		cmocka_unit_test(test_closed_in_a_pause_it_stays_closed),
		cmocka_unit_test(test_opened_in_a_pause_it_waits_for_its_end),
		cmocka_unit_test(test_in_a_pause_nothing_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
