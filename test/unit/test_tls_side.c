/*
 * test_tls_side.c - one TLS session as a side, with honest and other clients.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "dice.h"
#include "fake_pool.h"
#include "faulty_sockets.h"
#include "forger.h"
#include "pair.h"
#include "tls/tls_side.h"
#include "tls_client.h"
#include "tls_fixture.h"

#define TURNS		20000	/* of a handshake: then it hangs */
#define PATIENCE	20000	/* milliseconds: then it hangs */
#define BIG		(1 << 20)

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct tls_fixture fixture, asks; /* the second asks for certificates */
static uint8_t in[BIG], out[BIG];

/* A connection: our end, and the client's. */
struct scene {
	struct tls_side t;
	struct tls_client c;
	int fd[2];
	bool shaken;
};

static int
set_up_all(void **state)
{
	struct dice d = dice_new(1);

	(void)state;
	/* Peers here write to sockets that may be dead. */
	signal(SIGPIPE, SIG_IGN);
	dice_fill(&d, in, sizeof in);
	if (tls_fixture_make(&fixture, "") != 0)
		return -1;
	return tls_fixture_make(&asks, "client-verify = required\n"
	    "client-verify-ca = \"@/ca.pem\"");
}

static int
tear_down_all(void **state)
{
	(void)state;
	tls_fixture_clear(&fixture);
	tls_fixture_clear(&asks);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	faulty_clear();
	ERR_clear_error();
	return 0;
}

/* ------------------------------------------------- scenes -------------- */

/* Between two passes the worker's buffers are everybody's, so nobody's. */
static void
nothing_is_left(const struct tls_buffers *w)
{
	assert_int_equal(w->in_start, w->in_end);
	assert_int_equal(w->out_len, 0);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
begin_as(struct scene *s, struct tls_fixture *on, int version,
    const struct test_cert *test_cert, int buffer)
{
	*s = (struct scene){ .shaken = false };
	assert_true(pair_unix(s->fd, buffer));
	tls_side_init(&s->t, &on->buffers, &on->pool, s->fd[0]);
	tls_client_init(&s->c, s->fd[1], version, test_cert);
}

static void
begin(struct scene *s, int version)
{
	begin_as(s, &fixture, version, NULL, 0);
}

static void
end(struct scene *s)
{
	tls_side_clear(&s->t);
	assert_null(s->t.bio.out.first);
	assert_null(s->t.bio.pending.first);
	tls_client_clear(&s->c);
	close(s->fd[0]);
	if (s->fd[1] != -1)
		close(s->fd[1]);
}

/* What the kernel says is ready, as an event loop would have noted it. */
static void
look(struct scene *s)
{
	struct pollfd w = { .fd = s->fd[0], .events = POLLIN | POLLOUT };

	poll(&w, 1, 0);
	s->t.side.ready = (w.revents & (POLLIN | POLLHUP) ? SIDE_READ : 0) |
	    (w.revents & POLLOUT ? SIDE_WRITE : 0);
}

/* One turn of our end, before the handshake is done. */
static enum io
serve(struct scene *s, const struct tls_fixture *on)
{
	enum io io = IO_OK;

	look(s);
	if (s->t.side.behind && s->t.side.ready & SIDE_WRITE)
		(void)s->t.side.ops->flush(&s->t.side);
	if (s->t.ssl == NULL) {
		io = tls_side_greet(&s->t, on->site);
		nothing_is_left(s->t.bio.buffers);
	}
	if (io == IO_OK) {
		io = tls_side_handshake(&s->t);
		nothing_is_left(s->t.bio.buffers);
		s->shaken = io == IO_OK;
	}
	return io;
}

/* A whole handshake; the client's bytes go out in pieces of at most max. */
static enum io
meet_on(struct scene *s, const struct tls_fixture *on, size_t max)
{
	for (int i = 0; i < TURNS; i++) {
		enum io io = IO_OK;

		SSL_do_handshake(s->c.ssl);
		ERR_clear_error();
		tls_client_send(&s->c, max);
		if (!s->shaken)
			io = serve(s, on);
		else if (s->t.side.behind)
			io = s->t.side.ops->flush(&s->t.side);
		if (io == IO_ERROR || io == IO_EOF)
			return io;
		tls_client_receive(&s->c, max);
		if (s->shaken && SSL_is_init_finished(s->c.ssl) &&
		    tls_client_unsent(&s->c) == 0)
			return IO_OK;
	}
	fail_msg("the handshake never ends");
	return IO_ERROR;
}

static void
meet(struct scene *s)
{
	assert_int_equal(meet_on(s, &fixture, BIG), IO_OK);
}

static enum io
reads(struct scene *s, size_t size, size_t *n)
{
	enum io io;

	look(s);
	io = s->t.side.ops->read(&s->t.side, out, size, n);
	nothing_is_left(s->t.bio.buffers);
	assert_true(s->t.bio.pending.len <= TLS_BIO_IN);
	return io;
}

static enum io
writes(struct scene *s, const void *bytes, size_t len)
{
	enum io io = s->t.side.ops->write(&s->t.side, bytes, len);

	nothing_is_left(s->t.bio.buffers);
	return io;
}

static enum io
flushes(struct scene *s)
{
	enum io io = s->t.side.ops->flush(&s->t.side);

	nothing_is_left(s->t.bio.buffers);
	return io;
}

static enum io
finishes(struct scene *s)
{
	enum io io = s->t.side.ops->finish(&s->t.side);

	nothing_is_left(s->t.bio.buffers);
	return io;
}

/* The client says something, all of which reaches our socket. */
static void
client_says(struct scene *s, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	size_t n;

	for (; len > 0; from += n, len -= n)
		assert_int_equal(SSL_write_ex(s->c.ssl, from, len, &n), 1);
	tls_client_send(&s->c, BIG);
	assert_int_equal(tls_client_unsent(&s->c), 0);
}

/* What the client hears now; -1: the end, by close_notify. */
static ssize_t
client_hears(struct scene *s)
{
	size_t all = 0, n;
	int ret;

	for (;;) {
		tls_client_receive(&s->c, BIG);
		ret = SSL_read_ex(s->c.ssl, out + all, BIG - all, &n);
		if (ret != 1)
			break;
		all += n;
	}
	ret = SSL_get_error(s->c.ssl, ret);
	ERR_clear_error();
	return all == 0 && ret == SSL_ERROR_ZERO_RETURN ? -1 : (ssize_t)all;
}

/* The alert that the client finds in what it can read: 0 if none. */
static void
on_alert(const SSL *ssl, int where, int ret)
{
	if (where == SSL_CB_READ_ALERT)
		*(int *)SSL_get_app_data(ssl) = ret & 0xff;
}

static void
listen_for_alerts(struct scene *s, int *alert)
{
	*alert = -1;
	SSL_set_app_data(s->c.ssl, alert);
	SSL_set_info_callback(s->c.ssl, on_alert);
}

/* ------------------------------------------------- first bytes --------- */

static void
test_no_session_exists_before_a_whole_hello(void **state)
{
	static const size_t pieces[] = { 0, 0, 1, 4, BIG };
	struct scene s;

	(void)state;
	begin(&s, TLS1_3_VERSION);
	SSL_do_handshake(s.c.ssl);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		assert_null(s.t.ssl);
		assert_null(s.t.bio.pending.first);
		tls_client_send(&s.c, pieces[i]);
		look(&s);
		assert_int_equal(tls_side_greet(&s.t, fixture.site),
		    pieces[i] == BIG ? IO_OK : IO_WAIT);
	}
	assert_non_null(s.t.ssl);
	nothing_is_left(&fixture.buffers);
	meet(&s);
	end(&s);
}

/* The kernel would have waited, if there were more to wait for. */
static void
test_a_hello_that_ends_early_is_left_to_openssl(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, TLS1_3_VERSION);
	SSL_do_handshake(s.c.ssl);
	tls_client_send(&s.c, 1);
	look(&s);
	assert_int_equal(tls_side_greet(&s.t, fixture.site), IO_WAIT);
	assert_int_equal(s.t.low_water, SSL3_RT_HEADER_LENGTH);
	assert_int_equal(tls_side_greet(&s.t, fixture.site), IO_OK);
	assert_non_null(s.t.ssl);
	nothing_is_left(&fixture.buffers);
	assert_int_equal(s.t.bio.pending.len, 1);
	assert_int_equal(tls_side_handshake(&s.t), IO_WAIT);
	assert_int_equal(s.t.bio.pending.len, 0);
	meet(&s);
	end(&s);
}

static void
test_a_client_may_leave_without_a_word_or_die(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, TLS1_3_VERSION);
	close(s.fd[1]);
	s.fd[1] = -1;
	look(&s);
	assert_int_equal(tls_side_greet(&s.t, fixture.site), IO_EOF);
	assert_null(s.t.ssl);
	assert_int_equal(s.t.fault, TLS_NO_FAULT);
	end(&s);

	begin(&s, TLS1_3_VERSION);
	faulty.recv_fails[0] = ECONNRESET;
	assert_int_equal(tls_side_greet(&s.t, fixture.site), IO_ERROR);
	assert_null(s.t.ssl);
	assert_int_equal(s.t.fault, TLS_RESET);
	end(&s);
}

static void
test_hands_are_shaken_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 7, 64, 100, 517, BIG };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof pieces / sizeof *pieces; i++) {
		struct scene s;

		begin(&s, versions[i % 2]);
		assert_int_equal(meet_on(&s, &fixture, pieces[i / 2]), IO_OK);
		assert_int_equal(SSL_version(s.t.ssl), versions[i % 2]);
		assert_false(s.t.side.holds);
		assert_ptr_equal(s.t.choice.cert, site_default(fixture.site));
		client_says(&s, "hello", 5);
		end(&s);
	}
}

static void
test_hands_are_shaken_in_any_weather(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		struct scene s;

		faulty_random(seed);
		begin(&s, versions[seed % 2]);
		assert_int_equal(meet_on(&s, &fixture, 1 + seed * 7), IO_OK);
		end(&s);
	}
}

/* 120 KB of certificates: many run_queue, and many buffers. */
static void
test_a_big_flight_of_the_client_comes_in_many_turns(void **state)
{
	const struct test_cert *client = &asks.client;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct scene s;

		begin_as(&s, &asks, versions[i % 2], client, 0);
		/* Any certificates will do behind the client's own. */
		for (int k = 0; k < 200; k++)
			SSL_add1_chain_cert(s.c.ssl, client->cert);
		assert_int_equal(meet_on(&s, &asks, i < 2 ? BIG : 1000),
		    IO_OK);
		assert_int_equal(SSL_get_verify_result(s.t.ssl), X509_V_OK);
		end(&s);
	}
}

static void
test_a_client_who_fails_its_handshake_is_told_and_judged(void **state)
{
	static const struct {
		bool asks, shows;	/* for a certificate */
		const char *bytes;	/* instead of a ClientHello */
		size_t len;
		enum io io;
		enum tls_fault fault;
		const char *said;
	} rows[] = {
		{ true, true, NULL, 0, IO_OK, TLS_NO_FAULT, "none" },
		{ true, false, NULL, 0, IO_ERROR, TLS_PROTOCOL,
		    "peer did not return a certificate" },
		{ false, false, "GET / HTTP/1.0\r\n\r\n", 18, IO_ERROR,
		    TLS_PROTOCOL, "http request" },
		{ false, false, "CONNECT a:1 HTTP/1.0\r\n\r\n", 24, IO_ERROR,
		    TLS_PROTOCOL, "https proxy request" },
		{ false, false, "PROXY TCP4 1.2.3.4 5.6.7.8 9 1\r\n", 32,
		    IO_ERROR, TLS_PROTOCOL, "wrong version number" },
		{ false, false, "\x15\3\1\0\2\2\x28", 7, IO_ERROR,
		    TLS_PROTOCOL, "" },
		{ false, false, "\x16\3\1\x7f\xff\1\0\0\0", 9, IO_ERROR,
		    TLS_PROTOCOL, "packet length too long" },
		{ false, false, "\x16\3\1\0\4\1\0\0\0", 9, IO_ERROR,
		    TLS_PROTOCOL, "length too short" },
		{ false, false, "\x16\3\1\0\4\2\0\0\0", 9, IO_ERROR,
		    TLS_PROTOCOL, "unexpected message" },
		{ false, false, "\x17\3\3\0\1x", 6, IO_ERROR, TLS_PROTOCOL,
		    "" },
		{ false, false, "\x80\x2e\1\0\2\0\x15\0\0\0\x10", 11, IO_WAIT,
		    TLS_NO_FAULT, "none" },
		{ false, false, "\0\0\0\0\0\0\0\0\0\0\0", 11, IO_ERROR,
		    TLS_PROTOCOL, "" },
		{ false, false, "\x16", 1, IO_WAIT, TLS_NO_FAULT, "none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tls_fixture *on = rows[i].asks ? &asks : &fixture;
		struct scene s;
		enum io io;

		begin_as(&s, on, TLS1_3_VERSION,
		    rows[i].shows ? &asks.client : NULL, 0);
		if (rows[i].bytes == NULL)
			io = meet_on(&s, on, BIG);
		else {
			assert_int_equal(write(s.fd[1], rows[i].bytes,
			    rows[i].len), rows[i].len);
			io = serve(&s, on);
		}
		if (io != rows[i].io || s.t.fault != rows[i].fault ||
		    strstr(tls_side_fault(&s.t), rows[i].said) == NULL)
			fail_msg("row %zu: %d %s", i, io,
			    tls_side_fault(&s.t));
		assert_true(strlen(tls_side_fault(&s.t)) > 0);
		end(&s);
	}
}

static void
test_a_client_may_leave_in_the_middle_of_its_handshake(void **state)
{
	(void)state;
	for (int version = 0; version < 2; version++)
		for (size_t n = 1; n < 2000; n += 37) {
			struct scene s;
			enum io io = IO_WAIT;

			begin(&s, versions[version]);
			for (size_t sent = 0; sent < n && !s.shaken;) {
				size_t now;

				SSL_do_handshake(s.c.ssl);
				now = tls_client_send(&s.c, n - sent);
				io = serve(&s, &fixture);
				tls_client_receive(&s.c, BIG);
				if (now == 0)
					break;
				sent += now;
			}
			shutdown(s.fd[1], SHUT_WR);
			if (!s.shaken) {
				/* Its last bytes first, then the end. */
				if ((io = serve(&s, &fixture)) == IO_WAIT)
					io = serve(&s, &fixture);
				assert_int_equal(io, IO_EOF);
				assert_int_equal(s.t.fault, TLS_LEFT);
				assert_string_equal(tls_side_fault(&s.t),
				    "client left");
			}
			end(&s);
		}
}

static void
test_a_client_may_die_in_the_middle_of_its_handshake(void **state)
{
	static const int errors[] = { ECONNRESET, ETIMEDOUT, EPIPE };

	(void)state;
	for (int i = 0; i < 12; i++) {
		struct scene s;
		enum io io;

		begin(&s, versions[i % 2]);
		SSL_do_handshake(s.c.ssl);
		tls_client_send(&s.c, 100);
		assert_int_equal(serve(&s, &fixture), IO_WAIT);
		if (i < 6)
			faulty.recv_fails[0] = errors[i % 3];
		else
			faulty.send_fails[0] = errors[i % 3];
		tls_client_send(&s.c, BIG);
		io = serve(&s, &fixture);
		/* TLS 1.3's whole flight was lost; 1.2 finds out as well. */
		assert_int_equal(io, i < 6 ? IO_ERROR : io);
		if (io != IO_ERROR)
			io = serve(&s, &fixture);
		assert_int_equal(io, IO_ERROR);
		assert_int_equal(s.t.fault, TLS_RESET);
		assert_string_equal(tls_side_fault(&s.t), "connection reset");
		end(&s);
	}
}

/* The alert is what the client's log will say, so it must not be lost. */
static void
test_an_alert_waits_for_a_full_socket_and_outlives_its_session(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, TLS1_3_VERSION);
	assert_int_equal(write(s.fd[1], "\x16\3\1\0\4\2\0\0\0 and more", 18),
	    18);
	faulty.send_fails[0] = EAGAIN;
	assert_int_equal(serve(&s, &fixture), IO_ERROR);
	assert_true(s.t.side.behind);
	assert_non_null(s.t.bio.pending.first);
	tls_side_end_session(&s.t);
	assert_null(s.t.ssl);
	assert_null(s.t.bio.pending.first);
	assert_int_equal(flushes(&s), IO_OK);
	assert_int_equal(read(s.fd[1], out, 100), 7);
	assert_memory_equal(out, "\x15\3\3\0\2\2\x0a", 7);
	end(&s);
}

/* ------------------------------------------------- data ---------------- */

/* TLS 1.2 has more than that to say at its end, and the client waits for it. */
static void
test_a_ticket_leaves_with_the_first_answer(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s;

		begin(&s, versions[i]);
		meet(&s);
		assert_int_equal((faulty.flags & MSG_MORE) != 0,
		    versions[i] == TLS1_3_VERSION);
		assert_int_equal(writes(&s, in, 10), IO_OK);
		assert_int_equal(faulty.flags & MSG_MORE, 0);
		assert_int_equal(client_hears(&s), 10);
		end(&s);
	}
}

static void
test_bytes_pass_both_ways(void **state)
{
	static const size_t sizes[] = { 1, 2, 1000, 16384, 16385, 100000 };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i / 2], n;
		struct scene s;

		begin(&s, versions[i % 2]);
		meet(&s);
		assert_int_equal(client_hears(&s), 0);
		client_says(&s, in, size);
		assert_int_equal(reads(&s, BIG, &n), IO_OK);
		assert_int_equal(n, size);
		assert_memory_equal(in, out, n);
		assert_false(s.t.side.holds);
		assert_false(s.t.side.ready & SIDE_READ);
		assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
		assert_int_equal(n, 0);
		assert_int_equal(writes(&s, in, size), IO_OK);
		assert_int_equal(client_hears(&s), size);
		assert_memory_equal(in, out, size);
		end(&s);
	}
}

/* What an 128 KB scratch becomes: records gathered for one send(). */
static void
test_one_write_is_one_send_and_one_read_one_recv(void **state)
{
	size_t size = 128 * 1024, n;
	int room = 4 * (int)size;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s;

		begin(&s, versions[i]);
		meet(&s);
		client_hears(&s);
		setsockopt(s.fd[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
		faulty_clear();
		assert_int_equal(writes(&s, in, size), IO_OK);
		assert_int_equal(faulty.sends, 1);
		assert_int_equal(client_hears(&s), size);
		client_says(&s, in, 100000);
		assert_int_equal(reads(&s, BIG, &n), IO_OK);
		assert_int_equal(n, 100000);
		assert_int_equal(faulty.recvs, 1);
		end(&s);
	}
}

/* Nobody wakes us for what was read from the socket and is not out yet. */
static void
test_bytes_held_inside_are_announced(void **state)
{
	static const size_t sizes[] = { 1, 100, 5000, 16384, 31744, 99999 };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		size_t size = sizes[i / 2], got = 0, n = 0;
		size_t all = size < 100 ? 1000 : 100000;
		struct scene s;

		begin(&s, versions[i % 2]);
		meet(&s);
		client_says(&s, in, all);
		while (got < all) {
			bool held = s.t.side.holds;
			enum io io;

			/* Without an event, if none is needed. */
			look(&s);
			if (held)
				s.t.side.ready = 0;
			io = s.t.side.ops->read(&s.t.side, out + got,
			    size < all - got ? size : all - got, &n);
			nothing_is_left(&fixture.buffers);
			assert_int_equal(io, n > 0 ? IO_OK : IO_WAIT);
			if (held)
				assert_true(n > 0);
			assert_int_equal(s.t.side.holds,
			    s.t.bio.pending.len > 0 ||
			    SSL_pending(s.t.ssl) > 0);
			got += n;
		}
		assert_int_equal(got, all);
		assert_memory_equal(in, out, all);
		assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
		assert_false(s.t.side.holds);
		end(&s);
	}
}

/* In TLS 1.3 the client need not wait after its Finished. */
static void
pipeline(struct scene *s, size_t len)
{
	begin(s, TLS1_3_VERSION);
	SSL_do_handshake(s->c.ssl);
	tls_client_send(&s->c, BIG);
	assert_int_equal(serve(s, &fixture), IO_WAIT);
	tls_client_receive(&s->c, BIG);
	assert_int_equal(SSL_do_handshake(s->c.ssl), 1);
	client_says(s, in, len);
}

static void
test_data_behind_the_clients_finished_is_not_lost(void **state)
{
	static const size_t sizes[] = { 1, 1000, 16000, 40000, 120000 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t got = 0, n;
		struct scene s;

		pipeline(&s, sizes[i]);
		while (!s.shaken)
			assert_int_not_equal(serve(&s, &fixture), IO_ERROR);
		assert_true(s.t.bio.pending.len > 0);
		assert_true(s.t.side.holds);
		while (got < sizes[i]) {
			assert_int_equal(reads(&s, BIG, &n), IO_OK);
			assert_memory_equal(out, in + got, n);
			got += n;
		}
		assert_int_equal(got, sizes[i]);
		end(&s);
	}
}

static void
test_what_is_read_before_the_trouble_is_handed_over(void **state)
{
	static const struct {
		bool closes, shuts, rubbish;
		enum io io;
		bool cut;
		enum tls_fault fault;
	} rows[] = {
		{ true, true, false, IO_EOF, false, TLS_NO_FAULT },
		{ true, false, false, IO_EOF, false, TLS_NO_FAULT },
		{ false, true, false, IO_EOF, true, TLS_NO_FAULT },
		{ false, false, true, IO_ERROR, false, TLS_PROTOCOL },
		{ false, true, true, IO_ERROR, false, TLS_PROTOCOL },
		/* After the end nobody looks at what follows. */
		{ true, true, true, IO_EOF, false, TLS_NO_FAULT },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		size_t row = i / 2, n;
		struct scene s;

		begin(&s, versions[i % 2]);
		meet(&s);
		client_says(&s, in, 5000);
		if (rows[row].closes)
			SSL_shutdown(s.c.ssl);
		client_says(&s, "", 0);
		if (rows[row].rubbish)
			assert_int_equal(write(s.fd[1],
			    "\x17\3\3\0\x20 that nobody could have sealed!!",
			    37), 37);
		if (rows[row].shuts)
			shutdown(s.fd[1], SHUT_WR);
		assert_int_equal(reads(&s, BIG, &n), IO_OK);
		assert_int_equal(n, 5000);
		assert_memory_equal(in, out, n);
		/* Either it is known already, or there will be an event. */
		look(&s);
		assert_true(s.t.side.holds || s.t.side.ready & SIDE_READ);
		for (int k = 0; k < 3; k++) {
			assert_int_equal(reads(&s, BIG, &n), rows[row].io);
			assert_int_equal(n, 0);
		}
		assert_int_equal(s.t.cut, rows[row].cut);
		assert_int_equal(s.t.fault, rows[row].fault);
		end(&s);
	}
}

/* In the middle of a record there is no end, only a cut. */
static void
test_a_record_cut_in_the_middle_is_a_cut(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s;
		size_t n;

		begin(&s, versions[i]);
		meet(&s);
		SSL_write_ex(s.c.ssl, in, 1000, &n);
		tls_client_send(&s.c, 500);
		assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
		assert_false(s.t.side.holds);
		shutdown(s.fd[1], SHUT_WR);
		assert_int_equal(reads(&s, BIG, &n), IO_EOF);
		assert_true(s.t.cut);
		end(&s);
	}
}

static void
test_a_dead_socket_is_an_error_whoever_meets_it(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		bool write_meets = i & 2, while_behind = i & 4;
		struct scene s;
		size_t n;

		begin(&s, versions[i & 1]);
		meet(&s);
		if (!write_meets)
			faulty.recv_fails[0] = ECONNRESET;
		else {
			faulty.send_fails[0] = while_behind ? EAGAIN :
			    ECONNRESET;
			faulty.send_fails[1] = while_behind ? ECONNRESET : 0;
			assert_int_equal(writes(&s, in, 1000),
			    while_behind ? IO_OK : IO_ERROR);
			if (while_behind)
				assert_int_equal(flushes(&s), IO_ERROR);
			/* The kernel does not say it twice. */
			shutdown(s.fd[1], SHUT_WR);
		}
		assert_int_equal(reads(&s, BIG, &n), IO_ERROR);
		assert_int_equal(s.t.fault, TLS_RESET);
		end(&s);
	}
}

static void
test_the_end_is_passed_on_and_the_other_direction_stays(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s;
		size_t n;

		begin(&s, versions[i]);
		meet(&s);
		assert_int_equal(writes(&s, in, 100), IO_OK);
		assert_int_equal(finishes(&s), IO_OK);
		assert_int_equal(client_hears(&s), 100);
		assert_int_equal(client_hears(&s), -1);
		/* The client has more to say. */
		client_says(&s, in, 3000);
		assert_int_equal(reads(&s, BIG, &n), IO_OK);
		assert_int_equal(n, 3000);
		SSL_shutdown(s.c.ssl);
		client_says(&s, "", 0);
		assert_int_equal(reads(&s, BIG, &n), IO_EOF);
		assert_false(s.t.cut);
		end(&s);

		/* And the other way round. */
		begin(&s, versions[i]);
		meet(&s);
		client_hears(&s);
		SSL_shutdown(s.c.ssl);
		client_says(&s, "", 0);
		assert_int_equal(reads(&s, BIG, &n), IO_EOF);
		assert_int_equal(writes(&s, in, 3000), IO_OK);
		assert_int_equal(client_hears(&s), 3000);
		assert_int_equal(finishes(&s), IO_OK);
		assert_int_equal(client_hears(&s), -1);
		end(&s);
	}
}

static void
test_a_goodbye_waits_for_a_full_socket(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s;
		size_t n;

		begin(&s, versions[i]);
		meet(&s);
		client_hears(&s);
		faulty.send_fails[0] = EAGAIN;
		assert_int_equal(finishes(&s), IO_OK);
		assert_true(s.t.side.behind);
		assert_int_equal(client_hears(&s), 0);
		assert_int_equal(flushes(&s), IO_OK);
		assert_false(s.t.side.behind);
		assert_int_equal(client_hears(&s), -1);
		end(&s);

		begin(&s, versions[i]);
		meet(&s);
		faulty.send_fails[0] = ECONNRESET;
		assert_int_equal(finishes(&s), IO_ERROR);
		end(&s);

		/* After a fatal alert there is no goodbye. */
		begin(&s, versions[i]);
		meet(&s);
		assert_int_equal(write(s.fd[1], "\x17\3\3\0\x20 that nobody "
		    "could have sealed!!", 37), 37);
		assert_int_equal(reads(&s, BIG, &n), IO_ERROR);
		assert_int_equal(finishes(&s), IO_ERROR);
		end(&s);
	}
}

static void
test_a_full_socket_makes_the_rest_wait(void **state)
{
	static uint8_t heard[4 * BIG];

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t got = 0;
		struct scene s;
		ssize_t n;

		begin_as(&s, &fixture, versions[i], NULL, 8192);
		meet(&s);
		/* More than the wire holds, too. */
		assert_int_equal(writes(&s, in, BIG), IO_OK);
		assert_true(s.t.side.behind);
		assert_false(s.t.side.ready & SIDE_WRITE);
		assert_in_range(s.t.bio.out.len, 1, BIG + BIG / 16384 * 29);
		while (s.t.side.behind) {
			n = client_hears(&s);
			assert_true(n >= 0);
			memcpy(heard + got, out, (size_t)n);
			got += (size_t)n;
			assert_int_not_equal(flushes(&s), IO_ERROR);
		}
		n = client_hears(&s);
		assert_true(n >= 0);
		memcpy(heard + got, out, (size_t)n);
		assert_int_equal(got + (size_t)n, BIG);
		assert_memory_equal(heard, in, BIG);
		end(&s);
	}
}

/* ------------------------------------------------- chatter ------------- */

/* KeyUpdates, each in a record of its own, so many before each data byte. */
static enum io
key_updates(struct scene *s, unsigned n)
{
	size_t got;
	enum io io;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(SSL_key_update(s->c.ssl,
		    SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(s->c.ssl), 1);
	}
	client_says(s, "x", 1);
	io = reads(s, BIG, &got);
	if (io == IO_OK)
		assert_int_equal(got, 1);
	return io;
}

static void
test_a_flood_of_key_updates_ends_the_session(void **state)
{
	struct scene s;
	unsigned passes = 0;
	size_t n;

	(void)state;
	begin(&s, TLS1_3_VERSION);
	meet(&s);
	assert_int_equal(key_updates(&s, 1000), IO_ERROR);
	assert_int_equal(s.t.fault, TLS_FLOOD);
	/* For good: what comes behind it is not even looked at. */
	for (int i = 0; i < 2000; i++)
		assert_int_equal(reads(&s, BIG, &n), IO_ERROR);
	assert_string_equal(tls_side_fault(&s.t), "messages without data");
	end(&s);

	/* A slower one: a few a pass, and a byte of data behind them. */
	begin(&s, TLS1_3_VERSION);
	meet(&s);
	while (key_updates(&s, 4) == IO_OK)
		assert_true(++passes < 100);
	assert_int_equal(s.t.fault, TLS_FLOOD);
	end(&s);
}

static void
test_a_few_key_updates_are_honest(void **state)
{
	struct scene s;
	size_t n;

	(void)state;
	begin(&s, TLS1_3_VERSION);
	meet(&s);
	for (int i = 0; i < 5; i++)
		assert_int_equal(key_updates(&s, 5), IO_OK);
	/* Data makes up for more of them, for ever. */
	for (int i = 0; i < 100; i++) {
		size_t got = 0;

		while (got < 70000) {
			client_says(&s, in, 35000);
			assert_int_equal(reads(&s, BIG, &n), IO_OK);
			got += n;
		}
		assert_int_equal(key_updates(&s, 1), IO_OK);
	}
	/* Both directions have other keys now, and still agree. */
	assert_int_equal(SSL_key_update(s.c.ssl, SSL_KEY_UPDATE_REQUESTED),
	    1);
	SSL_do_handshake(s.c.ssl);
	client_says(&s, "y", 1);
	assert_int_equal(reads(&s, BIG, &n), IO_OK);
	assert_int_equal(writes(&s, in, 100), IO_OK);
	assert_int_equal(client_hears(&s), 100);
	assert_int_equal(writes(&s, in, 100), IO_OK);
	assert_int_equal(client_hears(&s), 100);
	end(&s);
}

static void
forge(struct scene *s, struct forger *f, int version)
{
	begin(s, version);
	meet(s);
	client_hears(s);
	assert_true(forger_take(f, s->c.ssl));
}

static const struct {
	const char *what;
	uint8_t type;
	const char *content;
	size_t len;
} empty_words[] = {
	{ "renegotiation", 22, "\1\0\0\0", 4 },
	{ "empty handshake record", 22, "", 0 },
	{ "empty record", 23, "", 0 },
	{ "warning", 21, "\1\x5a", 2 },
	{ "HelloRequest", 22, "\0\0\0\0", 4 },
	{ "ChangeCipherSpec", 20, "\1", 1 },
};

static void
test_no_flood_of_empty_words_is_listened_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof empty_words / sizeof *empty_words;
	    i++) {
		enum io io = IO_OK;
		struct forger f;
		struct scene s;
		size_t n, len = 0;

		forge(&s, &f, TLS1_2_VERSION);
		for (int k = 0; k < 1000; k++)
			len += forger_record(&f, out + len,
			    empty_words[i].type, empty_words[i].content,
			    empty_words[i].len);
		for (size_t sent = 0; sent < len && io != IO_ERROR;) {
			ssize_t put = write(s.fd[1], out + sent, len - sent);

			sent += put > 0 ? (size_t)put : 0;
			io = reads(&s, BIG, &n);
			assert_int_equal(n, 0);
		}
		if (io != IO_ERROR)
			fail_msg("%s: listened to", empty_words[i].what);
		end(&s);
	}
}

/* One a packet, from a client who does not read what we answer. */
static void
test_replies_nobody_reads_do_not_pile_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof empty_words / sizeof *empty_words;
	    i++) {
		enum io io = IO_OK;
		struct forger f;
		struct scene s;
		size_t n;

		forge(&s, &f, TLS1_2_VERSION);
		for (int k = 0; k < 20000 && io != IO_ERROR; k++) {
			uint8_t record[64];

			n = forger_record(&f, record, empty_words[i].type,
			    empty_words[i].content, empty_words[i].len);
			assert_int_equal(write(s.fd[1], record, n), n);
			io = reads(&s, BIG, &n);
			if (s.t.bio.out.len > 65536)
				fail_msg("%s: %zu bytes wait",
				    empty_words[i].what, s.t.bio.out.len);
		}
		end(&s);
	}
}

static void
test_renegotiation_is_declined_and_nothing_else_happens(void **state)
{
	uint8_t record[64];
	struct forger f;
	struct scene s;
	int alert;
	size_t n;

	(void)state;
	forge(&s, &f, TLS1_2_VERSION);
	listen_for_alerts(&s, &alert);
	n = forger_record(&f, record, 22, "\1\0\0\0", 4);
	assert_int_equal(write(s.fd[1], record, n), n);
	assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
	client_hears(&s);
	assert_int_equal(alert, SSL_AD_NO_RENEGOTIATION);
	n = forger_record(&f, record, 23, "hello", 5);
	assert_int_equal(write(s.fd[1], record, n), n);
	assert_int_equal(reads(&s, BIG, &n), IO_OK);
	assert_int_equal(n, 5);
	assert_int_equal(writes(&s, in, 100), IO_OK);
	end(&s);
}

/*
 * Its first half makes OpenSSL wait for the second, and write nothing. That
 * may end this session, but as a fault of the client's and with no wrong byte.
 */
static void
test_a_message_in_two_halves_harms_only_its_sender(void **state)
{
	uint8_t record[64];
	struct forger f;
	struct scene s;
	enum io io;
	size_t n;

	(void)state;
	forge(&s, &f, TLS1_3_VERSION);
	n = forger_record(&f, record, 22, "\x18\0\0\1", 4);
	assert_int_equal(write(s.fd[1], record, n), n);
	assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
	io = writes(&s, in, 1000);
	assert_int_equal(client_hears(&s), io == IO_OK ? 1000 : 0);
	assert_int_equal(s.t.fault, io == IO_OK ? TLS_NO_FAULT : TLS_PROTOCOL);
	(void)finishes(&s);
	/* With the other half all is as it was. */
	n = forger_record(&f, record, 22, "\0", 1);
	assert_int_equal(write(s.fd[1], record, n), n);
	assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
	end(&s);

	forge(&s, &f, TLS1_3_VERSION);
	for (int i = 0; i < 2; i++) {
		n = forger_record(&f, record, 22, i ? "\0" : "\x18\0\0\1",
		    i ? 1 : 4);
		assert_int_equal(write(s.fd[1], record, n), n);
		assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
	}
	assert_int_equal(writes(&s, in, 1000), IO_OK);
	assert_int_equal(client_hears(&s), 1000);
	assert_int_equal(finishes(&s), IO_OK);
	assert_int_equal(client_hears(&s), -1);
	end(&s);
}

/* ------------------------------------------------- surroundings -------- */

/* A client who sends faster than we read fills his socket, not our memory. */
static void
test_a_slow_reader_keeps_little(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t said = 0, got = 0, n;
		struct scene s;

		begin(&s, versions[i]);
		meet(&s);
		while (got < BIG) {
			if (said < BIG && SSL_write_ex(s.c.ssl, in + said,
			    BIG - said, &n) == 1)
				said += n;
			tls_client_send(&s.c, BIG);
			assert_int_not_equal(reads(&s, 5000, &n), IO_ERROR);
			assert_memory_equal(out, in + got, n);
			got += n;
		}
		assert_int_equal(got, BIG);
		end(&s);
	}
}

/* An idle connection owns no buffer. */
static void
test_an_idle_session_owns_no_buffer(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s;
		size_t n;

		begin(&s, versions[i]);
		meet(&s);
		client_says(&s, in, 50000);
		assert_int_equal(reads(&s, BIG, &n), IO_OK);
		assert_int_equal(writes(&s, in, 50000), IO_OK);
		client_hears(&s);
		if (s.t.side.behind)
			assert_int_equal(flushes(&s), IO_OK);
		assert_null(s.t.bio.out.first);
		assert_null(s.t.bio.pending.first);
		end(&s);
	}
}

/* All share the worker's buffers, and none hears another one's bytes. */
static void
test_many_sessions_share_one_wire(void **state)
{
	enum { MANY = 8 };
	static struct scene s[MANY];
	struct dice d = dice_new(1);
	size_t got[MANY] = { 0 }, said[MANY] = { 0 }, n;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		begin(&s[i], versions[i % 2]);
		meet(&s[i]);
	}
	for (int run_queue = 0; run_queue < 3000; run_queue++) {
		uint32_t i = dice_roll(&d, MANY);
		size_t len = 1 + dice_size(&d, 30000);

		/* A connection's bytes begin where its number says. */
		if (said[i] + len <= BIG / 2 && SSL_write_ex(s[i].c.ssl,
		    in + i * 1000 + said[i], len, &n) == 1)
			said[i] += n;
		tls_client_send(&s[i].c, 1 + dice_size(&d, 30000));
		i = dice_roll(&d, MANY);
		if (reads(&s[i], 1 + dice_size(&d, 30000), &n) == IO_OK) {
			assert_memory_equal(out, in + i * 1000 + got[i], n);
			got[i] += n;
		}
	}
	for (int i = 0; i < MANY; i++) {
		assert_true(got[i] > 0);
		end(&s[i]);
	}
}

/* An error that another connection left behind is not ours. */
static void
test_a_stale_error_does_no_harm(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene s;
		size_t n;

		begin(&s, versions[i]);
		SSL_do_handshake(s.c.ssl);
		tls_client_send(&s.c, BIG);
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		assert_int_equal(tls_side_greet(&s.t, fixture.site), IO_OK);
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		assert_int_equal(tls_side_handshake(&s.t), IO_WAIT);
		meet(&s);
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		assert_int_equal(reads(&s, BIG, &n), IO_WAIT);
		client_says(&s, in, 10);
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		assert_int_equal(reads(&s, BIG, &n), IO_OK);
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		assert_int_equal(writes(&s, in, 10), IO_OK);
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		assert_int_equal(finishes(&s), IO_OK);
		client_hears(&s);
		end(&s);
	}
}

/* What cannot be put away is lost, and the session with it; nobody else. */
static void
test_without_memory_only_this_session_ends(void **state)
{
	int in_use = fake_pool.in_use;
	struct scene s;
	size_t n;

	(void)state;
	for (int i = 0; i < 4; i++) {
		begin(&s, versions[i % 2]);
		meet(&s);
		client_hears(&s);
		fake_pool.may_take = 0;
		faulty.send_fails[0] = EAGAIN;
		assert_int_equal(i < 2 ? writes(&s, in, 100) : finishes(&s),
		    IO_ERROR);
		assert_int_equal(reads(&s, BIG, &n), IO_ERROR);
		fake_pool.may_take = -1;
		end(&s);
	}
	/* What came behind the handshake. */
	pipeline(&s, 10000);
	fake_pool.may_take = 0;
	assert_int_equal(serve(&s, &fixture), IO_ERROR);
	assert_int_equal(s.t.fault, TLS_RESET);
	fake_pool.may_take = -1;
	end(&s);
	/* A ClientHello that cannot be put away, and one that can. */
	for (int i = 0; i < 2; i++) {
		begin(&s, TLS1_3_VERSION);
		SSL_do_handshake(s.c.ssl);
		tls_client_send(&s.c, BIG);
		fake_pool.may_take = i;
		assert_int_equal(serve(&s, &fixture), i ? IO_WAIT : IO_ERROR);
		fake_pool.may_take = -1;
		end(&s);
	}
	assert_int_equal(fake_pool.in_use, in_use);
}

static void
test_every_fault_has_its_own_words(void **state)
{
	static const enum tls_fault faults[] = { TLS_NO_FAULT, TLS_LEFT,
	    TLS_RESET, TLS_PROTOCOL, TLS_NOT_ALLOWED, TLS_FLOOD,
	    TLS_NO_MEMORY };
	const char *words[7];

	(void)state;
	for (int i = 0; i < 7; i++) {
		struct tls_side t = { .fault = faults[i] };

		words[i] = tls_side_fault(&t);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(words[i], words[k]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    test_no_session_exists_before_a_whole_hello, set_up),
		cmocka_unit_test_setup(
		    test_a_hello_that_ends_early_is_left_to_openssl, set_up),
		cmocka_unit_test_setup(
		    test_a_client_may_leave_without_a_word_or_die, set_up),
		cmocka_unit_test_setup(
		    test_hands_are_shaken_in_pieces_of_any_size, set_up),
		cmocka_unit_test_setup(test_hands_are_shaken_in_any_weather,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_big_flight_of_the_client_comes_in_many_turns,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_client_who_fails_its_handshake_is_told_and_judged,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_client_may_leave_in_the_middle_of_its_handshake,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_client_may_die_in_the_middle_of_its_handshake,
		    set_up),
		cmocka_unit_test_setup(
	    test_an_alert_waits_for_a_full_socket_and_outlives_its_session,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_ticket_leaves_with_the_first_answer, set_up),
		cmocka_unit_test_setup(test_bytes_pass_both_ways, set_up),
		cmocka_unit_test_setup(
		    test_one_write_is_one_send_and_one_read_one_recv, set_up),
		cmocka_unit_test_setup(test_bytes_held_inside_are_announced,
		    set_up),
		cmocka_unit_test_setup(
		    test_data_behind_the_clients_finished_is_not_lost,
		    set_up),
		cmocka_unit_test_setup(
		    test_what_is_read_before_the_trouble_is_handed_over,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_record_cut_in_the_middle_is_a_cut, set_up),
		cmocka_unit_test_setup(
		    test_a_dead_socket_is_an_error_whoever_meets_it, set_up),
		cmocka_unit_test_setup(
		    test_the_end_is_passed_on_and_the_other_direction_stays,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_goodbye_waits_for_a_full_socket, set_up),
		cmocka_unit_test_setup(
		    test_a_full_socket_makes_the_rest_wait, set_up),
		cmocka_unit_test_setup(
		    test_a_flood_of_key_updates_ends_the_session, set_up),
		cmocka_unit_test_setup(test_a_few_key_updates_are_honest,
		    set_up),
		cmocka_unit_test_setup(
		    test_no_flood_of_empty_words_is_listened_to, set_up),
		cmocka_unit_test_setup(
		    test_replies_nobody_reads_do_not_pile_up, set_up),
		cmocka_unit_test_setup(
		    test_renegotiation_is_declined_and_nothing_else_happens,
		    set_up),
		cmocka_unit_test_setup(
		    test_a_message_in_two_halves_harms_only_its_sender,
		    set_up),
		cmocka_unit_test_setup(test_a_slow_reader_keeps_little,
		    set_up),
		cmocka_unit_test_setup(test_an_idle_session_owns_no_buffer,
		    set_up),
		cmocka_unit_test_setup(test_many_sessions_share_one_wire,
		    set_up),
		cmocka_unit_test_setup(test_a_stale_error_does_no_harm,
		    set_up),
		cmocka_unit_test_setup(
		    test_without_memory_only_this_session_ends, set_up),
		cmocka_unit_test_setup(test_every_fault_has_its_own_words,
		    set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
