/*
 * test_os_socket.c - who may listen where, and how connections begin.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
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

#include "base/os_socket.h"

#define BACKLOG	64

static int
option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof value;

	assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

/* A loopback address, its port still for the kernel to choose. */
static struct endpoint
loopback(const char *host)
{
	struct endpoints all;
	struct endpoint one;
	struct err e;

	assert_int_equal(addr_to_bind(host, "0", &all, &e), 0);
	one = all.at[0];
	endpoints_free(&all);
	return one;
}

/* Listens, and replaces port 0 by the one the kernel chose. */
static int
listens(struct endpoint *ep, bool first)
{
	const struct os_listen opts = { .backlog = BACKLOG, .first = first };
	struct err e;
	int fd = os_socket_listen(ep, &opts, &e);

	if (fd == -1)
		fail_msg("%s", e.text);
	ep->len = sizeof ep->un;
	assert_int_equal(getsockname(fd, &ep->sa, &ep->len), 0);
	return fd;
}

static void
refused(const struct endpoint *ep, bool first)
{
	const struct os_listen opts = { .backlog = BACKLOG, .first = first };
	char where[ENDPOINT_TEXT];
	struct err e;

	assert_int_equal(os_socket_listen(ep, &opts, &e), -1);
	assert_int_equal(e.kind, ERR_BIND);
	assert_non_null(strstr(e.text, endpoint_text(ep, where,
	    sizeof where)));
}

/* Waits until it can be accepted, read or written. */
static void
await(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	assert_int_equal(poll(&p, 1, 10000), 1);
}

static int
connects(const struct endpoint *ep)
{
	bool connected;
	int fd = os_socket_connect(ep, &connected);

	assert_int_not_equal(fd, -1);
	if (!connected)
		await(fd, POLLOUT);
	assert_int_equal(os_socket_error(fd), 0);
	return fd;
}

static const char *const hosts[] = { "127.0.0.1", "::1" };

static void
test_sockets_never_block_nor_survive_exec_nor_wait_for_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct endpoint ep = loopback(hosts[i]);
		union addr peer;
		int fd[3];

		fd[0] = listens(&ep, true);
		fd[1] = connects(&ep);
		await(fd[0], POLLIN);
		fd[2] = os_accept(fd[0], &peer);
		assert_int_not_equal(fd[2], -1);
		assert_int_equal(peer.family, ep.sa.sa_family);
		for (int k = 0; k < 3; k++) {
			assert_int_equal(fcntl(fd[k], F_GETFD), FD_CLOEXEC);
			assert_true(fcntl(fd[k], F_GETFL) & O_NONBLOCK);
			assert_int_equal(option_of(fd[k], IPPROTO_TCP,
			    TCP_NODELAY), 1);
			close(fd[k]);
		}
	}
}

static void
test_a_second_program_cannot_join_an_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct endpoint ep = loopback(hosts[i]);
		int first = listens(&ep, true), seat = listens(&ep, false);

		/*
		 * neither another offloader,
		    with or without listeners of it ...
		 */
		refused(&ep, true);
		close(seat);
		refused(&ep, true);
		/* ... nor one that never heard of SO_REUSEPORT */
		int fd = socket(ep.sa.sa_family, SOCK_STREAM, 0), on = 1;

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		assert_int_equal(bind(fd, &ep.sa, ep.len), -1);
		assert_int_equal(errno, EADDRINUSE);
		close(fd);
		close(first);
		close(listens(&ep, true));
	}
}

static void
test_a_port_that_others_share_is_not_free(void **state)
{
	struct endpoint ep = loopback("127.0.0.1");
	int other = listens(&ep, false);

	(void)state;
	refused(&ep, true);
	close(other);
}

static void
test_an_address_can_be_had_again_while_old_connections_end(void **state)
{
	struct endpoint ep = loopback("127.0.0.1");
	int fd = listens(&ep, true);
	int client = connects(&ep), server;
	union addr peer;

	(void)state;
	await(fd, POLLIN);
	server = os_accept(fd, &peer);
	close(fd);
	fd = listens(&ep, true);
	close(server);		/* this end closes first: TIME_WAIT is here */
	close(client);
	close(fd);
	close(listens(&ep, true));
}

static void
test_the_kernel_spreads_clients_over_all_seats(void **state)
{
	enum { SEATS = 4, CLIENTS = 64 * SEATS };
	struct endpoint ep = loopback("127.0.0.1");
	int seat[SEATS], client[CLIENTS], n[SEATS] = { 0 }, total = 0, fd;
	union addr peer;

	(void)state;
	for (int i = 0; i < SEATS; i++)
		seat[i] = listens(&ep, i == 0);
	/* Each seat's backlog bounds it: empty them on the way. */
	for (int i = 0; i < CLIENTS; i++) {
		client[i] = connects(&ep);
		for (int k = 0; k < SEATS; k++)
			for (; (fd = os_accept(seat[k], &peer)) != -1; total++)
				close(fd), n[k]++;
	}
	assert_int_equal(total, CLIENTS);
	for (int i = 0; i < CLIENTS; i++)
		close(client[i]);
	for (int i = 0; i < SEATS; i++) {
		/* Far less likely than once in the life of the universe. */
		assert_true(n[i] > 0);
		close(seat[i]);
	}
}

/* Some other program may have the port, but not each time. */
static void
test_ipv4_and_ipv6_have_the_same_port_side_by_side(void **state)
{
	const struct os_listen opts = { .backlog = BACKLOG, .first = true };
	int other = -1;

	(void)state;
	for (int i = 0; i < 100 && other == -1; i++) {
		struct endpoint four = loopback("0.0.0.0");
		struct endpoint six = loopback("::");
		int fd = listens(&six, true);
		struct err e;

		assert_int_equal(option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
		four.addr.in.sin_port = six.addr.in6.sin6_port;
		other = os_socket_listen(&four, &opts, &e);
		close(fd);
	}
	assert_int_not_equal(other, -1);
	close(other);
}

static void
test_an_address_of_another_host_is_refused_with_a_sentence(void **state)
{
	struct endpoint ep = loopback("192.0.2.1");

	(void)state;
	refused(&ep, true);
	refused(&ep, false);
}

static struct endpoint
unix_path(const char *path)
{
	struct endpoints all;
	struct endpoint one;
	struct err e;

	assert_int_equal(addr_unix(path, &all, &e), 0);
	one = all.at[0];
	endpoints_free(&all);
	return one;
}

static void
test_a_unix_socket_is_taken_over_only_from_the_dead(void **state)
{
	char folder[] = "/tmp/test_os.XXXXXX", path[64];
	struct endpoint ep;
	union addr peer;
	int fd, client;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/socket", folder);
	ep = unix_path(path);
	fd = listens(&ep, true);
	refused(&ep, true);
	client = connects(&ep);
	close(os_accept(fd, &peer));	/* the one refused() asked with */
	close(os_accept(fd, &peer));
	assert_int_equal(peer.family, AF_UNSPEC);
	close(client);
	close(fd);
	close(listens(&ep, true));
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	refused(&ep, true);
	assert_int_equal(unlink(path), 0);
	rmdir(folder);
}

static void
test_a_refused_connection_says_so(void **state)
{
	struct endpoint ep = loopback("127.0.0.1");
	bool connected;
	int fd;

	(void)state;
	close(listens(&ep, true));
	fd = os_socket_connect(&ep, &connected);
	if (fd == -1) {
		assert_int_equal(errno, ECONNREFUSED);
		return;
	}
	assert_false(connected);
	await(fd, POLLOUT);
	assert_int_equal(os_socket_error(fd), ECONNREFUSED);
	assert_int_equal(os_socket_error(fd), 0);
	close(fd);
}

static void
test_a_full_unix_backlog_can_be_told_from_nobody_there(void **state)
{
	const struct os_listen opts = { .backlog = 1, .first = true };
	char folder[] = "/tmp/test_os.XXXXXX", path[64];
	struct endpoint ep;
	bool connected;
	struct err e;
	int fd, client[8], n = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/socket", folder);
	ep = unix_path(path);
	assert_int_equal(os_socket_connect(&ep, &connected), -1);
	assert_int_equal(errno, ENOENT);
	fd = os_socket_listen(&ep, &opts, &e);
	while (n < 8 && (client[n] = os_socket_connect(&ep, &connected)) != -1)
		n++;
	assert_int_equal(errno, EAGAIN);
	assert_in_range(n, 1, 7);
	while (n > 0)
		close(client[--n]);
	close(fd);
	assert_int_equal(os_socket_connect(&ep, &connected), -1);
	assert_int_equal(errno, ECONNREFUSED);
	unlink(path);
	rmdir(folder);
}

static void
test_nobody_waiting_is_eagain(void **state)
{
	struct endpoint ep = loopback("127.0.0.1");
	union addr peer;
	int fd = listens(&ep, true);

	(void)state;
	assert_int_equal(os_accept(fd, &peer), -1);
	assert_int_equal(errno, EAGAIN);
	close(fd);
	assert_int_equal(os_socket_error(fd), EBADF);
}

static void
test_clients_inherit_the_listeners_keepalive(void **state)
{
	struct endpoint ep = loopback("127.0.0.1");
	int fd = listens(&ep, true), client, server;
	union addr peer;

	(void)state;
	assert_int_equal(os_keepalive(fd, 77), 0);
	client = connects(&ep);
	await(fd, POLLIN);
	server = os_accept(fd, &peer);
	assert_int_equal(option_of(server, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option_of(server, IPPROTO_TCP, TCP_KEEPIDLE), 77);
	assert_int_equal(os_keepalive(server, 0), 0);
	assert_int_equal(option_of(server, SOL_SOCKET, SO_KEEPALIVE), 0);
	close(server);
	close(client);
	close(fd);
	assert_int_equal(os_keepalive(fd, 1), -1);
}

static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static size_t
waiting(int fd)
{
	char bytes[16];
	ssize_t n = recv(fd, bytes, sizeof bytes, MSG_PEEK);

	return n > 0 ? (size_t)n : 0;
}

/* On loopback what was sent is there, or is so soon. */
static void
says(int client, int server, const char *bytes)
{
	size_t n = waiting(server) + strlen(bytes);

	assert_int_equal(send(client, bytes, strlen(bytes), 0),
	    strlen(bytes));
	while (waiting(server) < n)
		poll(NULL, 0, 1);
}

static void
test_a_socket_may_wait_for_so_many_bytes_or_the_end(void **state)
{
	struct endpoint ep = loopback("127.0.0.1");
	int fd = listens(&ep, true), client = connects(&ep), server;
	union addr peer;

	(void)state;
	await(fd, POLLIN);
	server = os_accept(fd, &peer);
	os_socket_least(server, 5);
	says(client, server, "four");
	assert_false(is_readable(server));
	says(client, server, "5");
	assert_true(is_readable(server));
	os_socket_least(server, 6);
	assert_false(is_readable(server));
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	await(server, POLLIN);
	close(server);
	close(client);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
	    test_sockets_never_block_nor_survive_exec_nor_wait_for_more),
		cmocka_unit_test(test_a_second_program_cannot_join_an_address),
		cmocka_unit_test(test_a_port_that_others_share_is_not_free),
		cmocka_unit_test(
	    test_an_address_can_be_had_again_while_old_connections_end),
		cmocka_unit_test(
		    test_the_kernel_spreads_clients_over_all_seats),
		cmocka_unit_test(
		    test_ipv4_and_ipv6_have_the_same_port_side_by_side),
		cmocka_unit_test(
		    test_an_address_of_another_host_is_refused_with_a_sentence),
		cmocka_unit_test(
		    test_a_unix_socket_is_taken_over_only_from_the_dead),
		cmocka_unit_test(test_a_refused_connection_says_so),
		cmocka_unit_test(
		    test_a_full_unix_backlog_can_be_told_from_nobody_there),
		cmocka_unit_test(test_nobody_waiting_is_eagain),
		cmocka_unit_test(test_clients_inherit_the_listeners_keepalive),
		cmocka_unit_test(
		    test_a_socket_may_wait_for_so_many_bytes_or_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
