/*
 * echo.c - offloader-echo: shows what a backend behind the offloader is told.
 *
 * A small HTTP server that takes a PROXY header at the start of each
 * connection and answers every request with what stood in it.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <ev.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/os_socket.h"
#include "echo/guest.h"
#include "log/log.h"

#define BACKLOG		128
#define LISTENERS_MAX	16
#define PAUSE_SECONDS	0.5

struct echo {
	struct ev_loop *loop;
	struct guests guests;
	ev_io listener[LISTENERS_MAX];
	size_t n_listeners;
	ev_timer pause;
	ev_signal interrupt, terminate;
	const char *path;	/* of a UNIX socket, or NULL */
};

static const char usage[] =
    "Usage: offloader-echo [--listen=[HOST]:PORT|/PATH]\n"
    "\n"
    "Answers HTTP requests with what the PROXY header of their connection\n"
    "said: what a backend behind the offloader is told.\n"
    "\n"
    "  --listen=ADDRESS  where to listen: [HOST]:PORT, port 0 for any, or the\n"
    "                    path of a UNIX socket (default: [127.0.0.1]:8000)\n"
    "  --help            print this text\n"
    "  --version         print the version\n";

static int
complain(const struct err *e)
{
	fprintf(stderr, "offloader-echo: %s\n", e->text);
	return err_exit_status(e);
}

static void
start_listeners(struct echo *echo)
{
	for (size_t i = 0; i < echo->n_listeners; i++)
		ev_io_start(echo->loop, &echo->listener[i]);
}

static void
on_pause_end(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	start_listeners(timer->data);
}

/* Out of descriptors: a client that waits would call us again at once. */
static void
pause_listeners(struct echo *echo)
{
	log_warn("cannot accept: %s", strerror(errno));
	for (size_t i = 0; i < echo->n_listeners; i++)
		ev_io_stop(echo->loop, &echo->listener[i]);
	ev_timer_stop(echo->loop, &echo->pause);
	ev_timer_set(&echo->pause, PAUSE_SECONDS, 0.);
	ev_timer_start(echo->loop, &echo->pause);
}

static void
on_client(struct ev_loop *loop, ev_io *io, int events)
{
	struct echo *echo = io->data;
	union addr peer;
	int fd = os_accept(io->fd, &peer);

	(void)events;
	if (fd != -1)
		guest_new(loop, &echo->guests, fd, &peer);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM)
		pause_listeners(echo);
}

static void
on_signal(struct ev_loop *loop, ev_signal *sig, int events)
{
	(void)sig;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

/* What the kernel made of the address, port 0 above all. */
static void
announce(int fd)
{
	struct endpoint ep = { .len = sizeof ep.un };
	char text[ENDPOINT_TEXT];

	if (getsockname(fd, &ep.sa, &ep.len) == -1)
		return;
	printf("listening on %s\n", endpoint_text(&ep, text, sizeof text));
	fflush(stdout);
}

static int
listen_at(struct echo *echo, const struct endpoint *ep, struct err *e)
{
	static const struct os_listen how = { .backlog = BACKLOG,
	    .first = true };
	ev_io *io = &echo->listener[echo->n_listeners];
	int fd = os_socket_listen(ep, &how, e);

	if (fd == -1)
		return -1;
	ev_io_init(io, on_client, fd, EV_READ);
	io->data = echo;
	echo->n_listeners++;
	announce(fd);
	return 0;
}

static int
resolve(const char *where, struct endpoints *eps, struct err *e)
{
	char *host, *port;
	int r;

	if (where[0] == '/')
		return addr_unix(where, eps, e);
	if (addr_split(where, &host, &port, e) == -1)
		return -1;
	r = addr_to_bind(host, port, eps, e);
	free(host);
	free(port);
	return r;
}

static int
listen_all(struct echo *echo, const char *where, struct err *e)
{
	struct endpoints eps;
	int r = 0;

	if (resolve(where, &eps, e) == -1)
		return -1;
	for (size_t i = 0; i < eps.n && i < LISTENERS_MAX && r == 0; i++)
		r = listen_at(echo, &eps.at[i], e);
	endpoints_free(&eps);
	if (r == 0 && where[0] == '/')
		echo->path = where;
	return r;
}

static void
watch(struct echo *echo)
{
	ev_timer_init(&echo->pause, on_pause_end, 0., 0.);
	echo->pause.data = echo;
	ev_signal_init(&echo->interrupt, on_signal, SIGINT);
	ev_signal_init(&echo->terminate, on_signal, SIGTERM);
	ev_signal_start(echo->loop, &echo->interrupt);
	ev_signal_start(echo->loop, &echo->terminate);
	start_listeners(echo);
}

static int
serve(const char *where)
{
	struct echo echo = { .loop = ev_default_loop(EVFLAG_AUTO) };
	struct err e;

	if (echo.loop == NULL) {
		err_set_kind(&e, ERR_OS, "no event loop: %s", strerror(errno));
		return complain(&e);
	}
	if (listen_all(&echo, where, &e) == -1)
		return complain(&e);
	watch(&echo);
	ev_run(echo.loop, 0);
	guests_end(echo.loop, &echo.guests);
	for (size_t i = 0; i < echo.n_listeners; i++)
		close(echo.listener[i].fd);
	if (echo.path != NULL)
		unlink(echo.path);
	ev_loop_destroy(echo.loop);
	return EX_OK;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	const char *where = "[127.0.0.1]:8000";
	int c;

	log_role("echo");
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'l':
			where = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EX_OK;
		case 'v':
			puts("offloader-echo " ECHO_VERSION);
			return EX_OK;
		default:
			fputs("Try --help.\n", stderr);
			return EX_USAGE;
		}
	if (optind < argc) {
		fprintf(stderr, "offloader-echo: what is \"%s\" for? "
		    "Try --help.\n", argv[optind]);
		return EX_USAGE;
	}
	return serve(where);
}
