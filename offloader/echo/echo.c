/*
 * echo.c - offloader-echo: shows the PROXY header that a backend receives.
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
#include "echo/client.h"
#include "log/log.h"
#include "loop/accept_loop.h"

#define BACKLOG		128

struct echo {
	struct ev_loop *loop;
	struct clients clients;
	struct accept_loop listeners;
	ev_signal interrupt, terminate;
	const char *path;	/* of a UNIX socket, or NULL */
};

static const char usage[] =
    "Usage: offloader-echo [--listen=[HOST]:PORT|/PATH]\n"
    "\n"
    "Answer HTTP requests with the contents of the PROXY header that the\n"
    "connection began with.\n"
    "\n"
    "  --listen=ADDRESS  listen on [HOST]:PORT (0: any port), or on the UNIX\n"
    "                    socket at this path (default: [127.0.0.1]:8000)\n"
    "  --help            print this text and exit\n"
    "  --version         print the version and exit\n";

static int
print_error(const struct err *e)
{
	fprintf(stderr, "offloader-echo: %s\n", e->text);
	return err_exit_status(e);
}

static int
on_client(struct accept_loop *loop, size_t listener, int fd,
    const union addr *peer)
{
	struct echo *echo = loop->owner;

	(void)listener;
	client_new(echo->loop, &echo->clients, fd, peer);
	return 0;
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
	int fd = os_socket_listen(ep, &how, e);

	if (fd == -1)
		return -1;
	if (accept_loop_add(&echo->listeners, fd) != 0) {
		close(fd);
		return err_memory(e, NULL);
	}
	announce(fd);
	return 0;
}

static int
listen_all(struct echo *echo, const char *where, struct err *e)
{
	struct endpoints eps;
	int r = 0;

	if (endpoints_to_bind(where, &eps, e) == -1)
		return -1;
	for (size_t i = 0; i < eps.n && r == 0; i++)
		r = listen_at(echo, &eps.at[i], e);
	endpoints_free(&eps);
	if (r == 0 && where[0] == '/')
		echo->path = where;
	return r;
}

static void
watch_signals(struct echo *echo)
{
	ev_signal_init(&echo->interrupt, on_signal, SIGINT);
	ev_signal_init(&echo->terminate, on_signal, SIGTERM);
	ev_signal_start(echo->loop, &echo->interrupt);
	ev_signal_start(echo->loop, &echo->terminate);
	accept_loop_open(&echo->listeners);
}

static int
serve_clients(const char *where)
{
	struct echo echo = { .loop = ev_default_loop(EVFLAG_AUTO) };
	struct err e;

	if (echo.loop == NULL) {
		err_set_kind(&e, ERR_OS, "cannot create the event loop: %s",
		    strerror(errno));
		return print_error(&e);
	}
	accept_loop_init(&echo.listeners, echo.loop, on_client, &echo);
	if (listen_all(&echo, where, &e) == -1)
		return print_error(&e);
	watch_signals(&echo);
	ev_run(echo.loop, 0);
	clients_end(echo.loop, &echo.clients);
	for (size_t i = 0; i < echo.listeners.n; i++)
		close(echo.listeners.watch[i].fd);
	accept_loop_clear(&echo.listeners);
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
		fprintf(stderr, "offloader-echo: unexpected argument \"%s\". "
		    "Try --help.\n", argv[optind]);
		return EX_USAGE;
	}
	return serve_clients(where);
}
