/*
 * test_plain_side.c - a socket as a side, in good and in bad faulty.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
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
#include "faulty_sockets.h"
#include "pair.h"
#include "relay/plain_side.h"
#include "relay/relay.h"

#define SEEDS		400
#define SAYS_MAX	50000
#define BUFFER		4608	/* least that the kernel gives a socket */
#define TCP_BUFFER	16384	/* with less, TCP waits for its own clocks */
#define SCRATCH		8192
#define PATIENCE	20000	/* milliseconds: then it hangs */

static struct pool pool = { .size = OUTQUEUE_BUFFER, .keep = 2 };
static uint8_t in[4 << 20], out[sizeof in];
static struct plain_side p;
static int fd[2];

static int
set_up(void **state)
{
	struct dice d = dice_new(1);

	(void)state;
	dice_fill(&d, in, 4096);
	faulty_clear();
	if (!pair_unix(fd, 0))
		return -1;
	plain_side_init(&p, &pool, fd[0]);
	p.side.ready = SIDE_READ | SIDE_WRITE;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	p.side.ops->clear(&p.side);
	pool_empty(&pool);
	close(fd[0]);
	close(fd[1]);
	return 0;
}

static enum io
reads(size_t size, size_t *n)
{
	return p.side.ops->read(&p.side, out, size, n);
}

static enum io
writes(const void *bytes, size_t len)
{
	return p.side.ops->write(&p.side, bytes, len);
}

static enum io
flushes(void)
{
	return p.side.ops->flush(&p.side);
}

static enum io
finishes(void)
{
	return p.side.ops->finish(&p.side);
}

/* Until the kernel has something to say about a socket. */
static void
await(int f, short events)
{
	struct pollfd w = { .fd = f, .events = events };

	assert_int_equal(poll(&w, 1, PATIENCE), 1);
}

/* ------------------------------------------------- reading ------------- */

static void
test_a_short_read_has_emptied_the_socket(void **state)
{
	static const struct {
		size_t there, size, n;
		enum io io;
		bool ready;	/* there may be more */
	} rows[] = {
		{ 10, 4, 4, IO_OK, true },
		{ 10, 10, 10, IO_OK, true },
		{ 10, 11, 10, IO_OK, false },
		{ 1, 4096, 1, IO_OK, false },
		{ 0, 1, 0, IO_WAIT, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = 99;

		tear_down(state);
		assert_int_equal(set_up(state), 0);
		if (rows[i].there > 0)
			assert_int_equal(write(fd[1], in, rows[i].there),
			    rows[i].there);
		assert_int_equal(reads(rows[i].size, &n), rows[i].io);
		assert_int_equal(n, rows[i].n);
		assert_memory_equal(in, out, n);
		assert_int_equal(p.side.ready, SIDE_WRITE |
		    (rows[i].ready ? SIDE_READ : 0));
		assert_false(p.side.holds);
		assert_int_equal(faulty.recvs, 1);
	}
}

static void
test_the_end_comes_after_the_last_byte(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(write(fd[1], in, 5), 5);
	shutdown(fd[1], SHUT_WR);
	assert_int_equal(reads(100, &n), IO_OK);
	assert_int_equal(n, 5);
	assert_int_equal(reads(100, &n), IO_EOF);
	assert_int_equal(n, 0);
	/* That was its direction only. */
	assert_int_equal(writes("reply", 5), IO_OK);
	assert_int_equal(read(fd[1], out, 100), 5);
}

static void
test_what_recv_says_is_understood(void **state)
{
	static const struct {
		int error;
		enum io io;
	} rows[] = {
		{ EAGAIN, IO_WAIT }, { EWOULDBLOCK, IO_WAIT },
		{ EINTR, IO_OK },	/* is tried again, and succeeds */
		{ ECONNRESET, IO_ERROR }, { ETIMEDOUT, IO_ERROR },
		{ EHOSTUNREACH, IO_ERROR }, { ENOTCONN, IO_ERROR },
	};
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(write(fd[1], in, 1), 1);
		faulty.recv_fails[0] = rows[i].error;
		assert_int_equal(reads(100, &n), rows[i].io);
		assert_int_equal(n, rows[i].io == IO_OK);
		if (rows[i].io != IO_OK)
			assert_int_equal(read(fd[0], out, 100), 1);
	}
}

/* ------------------------------------------------- writing ------------- */

static void
test_a_write_is_one_send(void **state)
{
	(void)state;
	assert_int_equal(writes(in, 4096), IO_OK);
	assert_int_equal(faulty.sends, 1);
	assert_false(p.side.behind);
	assert_int_equal(p.side.ready, SIDE_READ | SIDE_WRITE);
	assert_null(p.out.first);
	assert_int_equal(read(fd[1], out, sizeof out), 4096);
	assert_memory_equal(in, out, 4096);
}

static void
test_a_full_socket_makes_the_rest_wait(void **state)
{
	size_t got = 0;
	ssize_t n;
	enum io io;

	(void)state;
	assert_int_equal(writes(in, sizeof in), IO_OK);
	assert_true(p.side.behind);
	assert_int_equal(p.side.ready, SIDE_READ);
	assert_in_range(p.out.len, 1, sizeof in - 1);
	p.side.ready = SIDE_WRITE;
	assert_int_equal(flushes(), IO_WAIT);
	assert_true(p.side.behind);
	assert_int_equal(p.side.ready, 0);
	do {
		while ((n = read(fd[1], out + got, sizeof out - got)) > 0)
			got += (size_t)n;
		io = flushes();
		assert_int_equal(p.side.behind, io == IO_WAIT);
	} while (io == IO_WAIT);
	assert_int_equal(io, IO_OK);
	assert_int_equal(p.out.len, 0);
	while ((n = read(fd[1], out + got, sizeof out - got)) > 0)
		got += (size_t)n;
	assert_int_equal(got, sizeof in);
	assert_memory_equal(in, out, sizeof in);
}

static void
test_what_send_says_is_understood(void **state)
{
	static const struct {
		int error;
		enum io io;
		bool behind;
	} rows[] = {
		{ EAGAIN, IO_OK, true }, { EWOULDBLOCK, IO_OK, true },
		{ EINTR, IO_OK, false },	/* is tried again */
		{ ECONNRESET, IO_ERROR, false }, { EPIPE, IO_ERROR, false },
		{ ETIMEDOUT, IO_ERROR, false },
		{ EHOSTUNREACH, IO_ERROR, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		faulty.send_fails[0] = rows[i].error;
		assert_int_equal(writes(in, 10), rows[i].io);
		assert_int_equal(p.side.behind, rows[i].behind);
		assert_int_equal(p.out.len, rows[i].behind ? 10 : 0);
		if (rows[i].io == IO_ERROR)
			continue;
		faulty.send_fails[0] = EINTR;
		assert_int_equal(flushes(), IO_OK);
		assert_int_equal(read(fd[1], out, 100), 10);
		assert_memory_equal(in, out, 10);
	}
}

static void
test_what_waits_is_not_overtaken(void **state)
{
	(void)state;
	faulty.send_fails[0] = EAGAIN;
	assert_int_equal(writes(in, 10), IO_OK);
	/* The socket has room again, but the older bytes go first. */
	assert_int_equal(writes(in + 10, 10), IO_OK);
	assert_int_equal(faulty.sends, 1);
	assert_int_equal(flushes(), IO_OK);
	assert_int_equal(read(fd[1], out, 100), 20);
	assert_memory_equal(in, out, 20);
}

static void
test_bytes_wait_for_a_socket_that_is_not_there_yet(void **state)
{
	(void)state;
	plain_side_init(&p, &pool, -1);
	p.side.behind = true;
	assert_int_equal(writes(in, 2 * OUTQUEUE_BUFFER), IO_OK);
	assert_int_equal(faulty.sends, 0);
	p.side.fd = fd[0];
	assert_int_equal(flushes(), IO_OK);
	assert_int_equal(faulty.sends, 1);
	assert_int_equal(read(fd[1], out, sizeof out), 2 * OUTQUEUE_BUFFER);
	assert_memory_equal(in, out, 2 * OUTQUEUE_BUFFER);
}

static void
test_a_flush_that_fails_leaves_nothing_to_flush(void **state)
{
	static const int errors[] = { ECONNRESET, EPIPE, ETIMEDOUT };

	for (size_t i = 0; i < 3; i++) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		faulty.send_fails[0] = EAGAIN;
		faulty.send_fails[1] = errors[i];
		assert_int_equal(writes(in, 10), IO_OK);
		assert_int_equal(flushes(), IO_ERROR);
		assert_false(p.side.behind);
	}
}

static void
test_a_cleared_side_has_forgotten_what_waited(void **state)
{
	(void)state;
	faulty.send_fails[0] = EAGAIN;
	assert_int_equal(writes(in, 100), IO_OK);
	p.side.ops->clear(&p.side);
	assert_false(p.side.behind);
	assert_null(p.out.first);
	assert_int_equal(pool.n_free, 1);
	p.side.ops->clear(&p.side);
	/* The socket is its maker's. */
	assert_int_equal(write(fd[0], in, 1), 1);
}

/* ------------------------------------------------- ends ---------------- */

static void
test_finish_lets_the_peer_see_the_end(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(writes(in, 5), IO_OK);
	assert_int_equal(finishes(), IO_OK);
	assert_false(p.side.behind);
	assert_int_equal(read(fd[1], out, 100), 5);
	assert_int_equal(read(fd[1], out, 100), 0);
	assert_int_equal(write(fd[1], in, 3), 3);
	assert_int_equal(reads(100, &n), IO_OK);
	assert_int_equal(n, 3);
}

static void
test_a_dead_socket_cannot_be_finished(void **state)
{
	const struct linger none = { .l_onoff = 1 };

	tear_down(state);
	assert_true(pair_tcp(fd, 0));
	plain_side_init(&p, &pool, fd[0]);
	setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &none, sizeof none);
	close(fd[1]);
	await(fd[0], POLLIN);
	assert_int_equal(finishes(), IO_ERROR);
	fd[1] = dup(fd[0]);
}

/*
 * The kernel speaks of a dead socket once. If that was to a write, the next
 * read sees an end of file like any other, and half an answer would pass for
 * a whole one.
 */
static void
test_a_death_that_a_write_met_is_no_end_for_reads(void **state)
{
	static const struct {
		int error;
		enum io read;
	} rows[] = {
		{ ECONNRESET, IO_ERROR }, { ETIMEDOUT, IO_ERROR },
		{ EHOSTUNREACH, IO_ERROR }, { ENETUNREACH, IO_ERROR },
		/* The peer said its end before it hung up. */
		{ EPIPE, IO_EOF },
	};
	size_t n;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int flush = 0; flush < 2; flush++) {
			tear_down(state);
			assert_int_equal(set_up(state), 0);
			faulty.send_fails[0] = flush ? EAGAIN : rows[i].error;
			faulty.send_fails[1] = flush ? rows[i].error : 0;
			assert_int_equal(writes(in, 10),
			    flush ? IO_OK : IO_ERROR);
			if (flush)
				assert_int_equal(flushes(), IO_ERROR);
			/* What came before can still be read. */
			assert_int_equal(write(fd[1], in, 3), 3);
			shutdown(fd[1], SHUT_WR);
			assert_int_equal(reads(100, &n), IO_OK);
			assert_int_equal(n, 3);
			assert_int_equal(reads(100, &n), rows[i].read);
		}
}

static void
test_a_real_reset_is_an_error_whoever_meets_it(void **state)
{
	const struct linger none = { .l_onoff = 1 };

	for (int writes_first = 0; writes_first < 2; writes_first++) {
		enum io io = IO_OK;
		size_t n;

		tear_down(state);
		assert_true(pair_tcp(fd, 0));
		plain_side_init(&p, &pool, fd[0]);
		setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &none, sizeof none);
		close(fd[1]);
		await(fd[0], POLLIN);
		if (writes_first)
			assert_int_equal(writes(in, 10), IO_ERROR);
		p.side.ready = SIDE_READ;
		while (io == IO_OK)
			io = reads(100, &n);
		assert_int_equal(io, IO_ERROR);
		fd[1] = dup(fd[0]);
	}
}

static void
test_a_client_that_finished_and_left_has_ended(void **state)
{
	size_t n;

	tear_down(state);
	assert_true(pair_tcp(fd, 0));
	plain_side_init(&p, &pool, fd[0]);
	assert_int_equal(write(fd[1], in, 3), 3);
	close(fd[1]);
	await(fd[0], POLLIN);
	/* The first write is answered by a reset, which the second meets. */
	assert_int_equal(writes(in, 10), IO_OK);
	await(fd[0], POLLHUP);
	assert_int_equal(writes(in, 10), IO_ERROR);
	assert_int_equal(reads(100, &n), IO_OK);
	assert_int_equal(n, 3);
	assert_int_equal(reads(100, &n), IO_EOF);
	fd[1] = dup(fd[0]);
}

/* ------------------------------------------------- a whole relay ------- */

/* A program at the other end of one of the relay's sockets. */
struct peer {
	uint8_t says[SAYS_MAX], hears[SAYS_MAX];
	size_t len, said, heard;
	bool finished, ended;
	int fd;
};

static void
peer_moves(struct peer *e, short events, struct dice *d)
{
	size_t n = 1 + dice_size(d, 20000);
	ssize_t r;

	if (events & POLLOUT && e->said < e->len) {
		n = n < e->len - e->said ? n : e->len - e->said;
		if ((r = write(e->fd, e->says + e->said, n)) > 0)
			e->said += (size_t)r;
	}
	if (!e->finished && e->said == e->len && dice_one_in(d, 2)) {
		e->finished = true;
		shutdown(e->fd, SHUT_WR);
	}
	/* Now and then it is slow to read, and its socket fills. */
	if (!(events & (POLLIN | POLLHUP)) || dice_one_in(d, 4))
		return;
	n = 1 + dice_size(d, sizeof e->hears - e->heard);
	if (n > sizeof e->hears - e->heard)
		n--;
	/* With no room left, only the end may come. */
	r = n > 0 ? read(e->fd, e->hears + e->heard, n) :
	    read(e->fd, out, 1);
	if (r == 0)
		e->ended = true;
	if (r > 0)
		e->heard += (size_t)r;
}

/* It will do something, whether anything happens to it or not. */
static bool
goes_on(const struct peer *e)
{
	return e->said == e->len && !e->finished;
}

static short
peer_events(const struct peer *e)
{
	return (short)((e->ended ? 0 : POLLIN) |
	    (e->said < e->len ? POLLOUT : 0));
}

static short
poll_events(unsigned wants)
{
	return (short)((wants & SIDE_READ ? POLLIN : 0) |
	    (wants & SIDE_WRITE ? POLLOUT : 0));
}

static unsigned
side_events(short events)
{
	return (events & (POLLIN | POLLHUP | POLLERR) ? SIDE_READ : 0) |
	    (events & (POLLOUT | POLLHUP | POLLERR) ? SIDE_WRITE : 0);
}

static enum relay_result
run(struct plain_side side[2], struct peer peer[2], struct dice *d)
{
	uint8_t bytes[SCRATCH];
	struct scratch scratch = { bytes, 1 + dice_roll(d, SCRATCH) };
	enum relay_result res = RELAY_AGAIN;
	struct relay r;
	int wait;

	relay_init(&r, &side[0].side, &side[1].side);
	while (res == RELAY_WAITS || res == RELAY_AGAIN) {
		struct pollfd w[4] = {
			{ side[0].side.fd, poll_events(relay_wants(&r,
			    &side[0].side)), 0 },
			{ side[1].side.fd, poll_events(relay_wants(&r,
			    &side[1].side)), 0 },
			{ peer[0].fd, peer_events(&peer[0]), 0 },
			{ peer[1].fd, peer_events(&peer[1]), 0 },
		};

		/* What nobody waits for, not even an error, is not watched. */
		for (int i = 0; i < 4; i++)
			if (w[i].events == 0)
				w[i].fd = -1;
		wait = res == RELAY_AGAIN || goes_on(&peer[0]) ||
		    goes_on(&peer[1]) ? 0 : PATIENCE;
		if (poll(w, 4, wait) == 0 && wait > 0)
			fail_msg("nobody will ever wake it");
		peer_moves(&peer[0], w[2].revents, d);
		peer_moves(&peer[1], w[3].revents, d);
		side[0].side.ready |= side_events(w[0].revents);
		side[1].side.ready |= side_events(w[1].revents);
		res = relay_run(&r, &scratch);
		assert_true(side[0].out.len <= scratch.size);
		assert_true(side[1].out.len <= scratch.size);
	}
	return res;
}

/* What is still on its way when the relay is done with it. */
static void
hear_out(struct peer *e)
{
	while (!e->ended) {
		ssize_t r;

		await(e->fd, POLLIN);
		r = read(e->fd, out, sizeof out);
		assert_true(r >= 0);
		assert_true((size_t)r <= sizeof e->hears - e->heard);
		memcpy(e->hears + e->heard, out, (size_t)r);
		e->heard += (size_t)r;
		e->ended = r == 0;
	}
}

static void
relay_both_ways(unsigned seed, bool tcp, bool storm)
{
	static struct peer peer[2];
	struct plain_side side[2];
	struct dice d = dice_new(seed);

	faulty_clear();
	if (storm)
		faulty_random(seed);
	for (int i = 0; i < 2; i++) {
		int pair[2];

		assert_true(tcp ? pair_tcp(pair, TCP_BUFFER) :
		    pair_unix(pair, BUFFER));
		plain_side_init(&side[i], &pool, pair[0]);
		peer[i] = (struct peer){ .fd = pair[1],
		    .len = dice_size(&d, SAYS_MAX) };
		dice_fill(&d, peer[i].says, peer[i].len);
	}
	assert_int_equal(run(side, peer, &d), RELAY_FINISHED);
	for (int i = 0; i < 2; i++) {
		hear_out(&peer[i]);
		assert_int_equal(peer[i].heard, peer[!i].len);
		assert_memory_equal(peer[i].hears, peer[!i].says,
		    peer[i].heard);
		assert_null(side[i].out.first);
		close(side[i].side.fd);
		close(peer[i].fd);
	}
}

static void
test_every_byte_arrives_in_any_weather(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		for (int kind = 0; kind < 4; kind++)
			relay_both_ways(seed, kind & 1, kind & 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_a_short_read_has_emptied_the_socket, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_the_end_comes_after_the_last_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_recv_says_is_understood, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_write_is_one_send,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_full_socket_makes_the_rest_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_send_says_is_understood, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_waits_is_not_overtaken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_bytes_wait_for_a_socket_that_is_not_there_yet,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_flush_that_fails_leaves_nothing_to_flush, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_cleared_side_has_forgotten_what_waited, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_finish_lets_the_peer_see_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_dead_socket_cannot_be_finished, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_death_that_a_write_met_is_no_end_for_reads, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_real_reset_is_an_error_whoever_meets_it, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_client_that_finished_and_left_has_ended, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    test_every_byte_arrives_in_any_weather, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
