/*
 * http.c - HTTP for a few clients, by libmicrohttpd inside a loop.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "base/os_socket.h"
#include "reporter/http.h"

#define CLIENTS		64
#define MEMORY		(16 * 1024)	/* of each: its longest request */
#define TO_ASK		10.0		/* seconds */
#define TO_READ		30.0
#define TO_REST		60.0		/* between two questions */
#define SWEEP		1.0

const bool http_built = true;

struct client {
	TAILQ_ENTRY(client) entry;
	int fd;				/* libmicrohttpd's */
	bool local, resting;
	ev_tstamp until;
};

struct http {
	struct ev_loop *loop;
	http_answer *answer;
	void *who;
	struct MHD_Daemon *daemon;
	TAILQ_HEAD(clients, client) clients;	/* longest unchanged, first */
	size_t n;
	bool coming_local, retiring;
	ev_io io;
	ev_timer soon, sweep;
};

/* ------------------------------------------------- clients --------------- */

/* libmicrohttpd sees the end of it, and lets go. */
static void
send_away(struct client *g)
{
	shutdown(g->fd, SHUT_RDWR);
}

static void
give_time(struct http *h, struct client *g, double seconds)
{
	g->until = ev_now(h->loop) + seconds;
	TAILQ_REMOVE(&h->clients, g, entry);
	TAILQ_INSERT_TAIL(&h->clients, g, entry);
}

static void *
welcome(struct http *h, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->fd = info->connect_fd;
	g->local = h->coming_local;
	h->n++;
	TAILQ_INSERT_TAIL(&h->clients, g, entry);
	give_time(h, g, TO_ASK);
	return g;
}

static void
on_connection(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http *h = cls;
	struct client *g = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = welcome(h, c);
	else if (g != NULL) {
		TAILQ_REMOVE(&h->clients, g, entry);
		h->n--;
		free(g);
		*context = NULL;
	}
}

static struct client *
client_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void
on_completed(void *cls, struct MHD_Connection *c, void **request,
    enum MHD_RequestTerminationCode code)
{
	struct client *g = client_of(c);

	(void)request;
	(void)code;
	if (g == NULL)
		return;
	g->resting = true;
	give_time(cls, g, TO_REST);
}

/* ------------------------------------------------- requests ------------- */

static const char *
word(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection,
	    MHD_GET_ARGUMENT_KIND, name);
}

static const char *
field(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static bool
has_body(struct MHD_Connection *c)
{
	const char *length = field(c, "Content-Length");

	return (length != NULL && strcmp(length, "0") != 0) ||
	    field(c, "Transfer-Encoding") != NULL;
}

/*
 * The request's head is complete. An answer at the first call, before the end
 * of a body that is not wanted, closes the connection afterwards.
 */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **request)
{
	static const char only[] = "Use GET or HEAD, without a body.\n";
	struct http *h = cls;
	struct client *g = client_of(c);
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	struct http_request r = { .path = url, .word = word, .connection = c,
	    .local = g != NULL && g->local, .host = field(c, "Host") };
	struct http_reply reply = { .status = MHD_HTTP_METHOD_NOT_ALLOWED,
	    .type = "text/plain; charset=utf-8", .body = (char *)only,
	    .len = sizeof only - 1, .keep = true };

	(void)version;
	(void)upload;
	(void)upload_size;
	if (reads && has_body(c)) {
		reads = false;
		reply.status = MHD_HTTP_BAD_REQUEST;
	} else if (reads && *request == NULL) {
		*request = h;
		return MHD_YES;
	}
	if (g != NULL) {
		g->resting = false;
		give_time(h, g, TO_READ);
	}
	if (reads)
		h->answer(h->who, &r, &reply);
	return reply_send(c, &reply, h->retiring) ? MHD_YES : MHD_NO;
}

/* ------------------------------------------------- the loop ------------- */

static void
run_daemon(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(h->daemon);
	ev_timer_stop(h->loop, &h->soon);
	if (MHD_get_timeout(h->daemon, &ms) == MHD_YES) {
		ev_timer_set(&h->soon, (double)ms / 1000, 0.);
		ev_timer_start(h->loop, &h->soon);
	}
	if (h->n > 0 && !ev_is_active(&h->sweep))
		ev_timer_again(h->loop, &h->sweep);
}

static void
on_ready(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	run_daemon(io->data);
}

static void
on_soon(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	run_daemon(t->data);
}

static void
on_sweep(struct ev_loop *loop, ev_timer *t, int events)
{
	struct http *h = t->data;
	struct client *g;

	(void)events;
	TAILQ_FOREACH(g, &h->clients, entry)
		if (g->until <= ev_now(loop) || (h->retiring && g->resting))
			send_away(g);
	if (h->n == 0)
		ev_timer_stop(loop, t);
}

void
http_accept(struct http *h, int fd, const union addr *peer)
{
	if (h->n >= CLIENTS) {
		send_away(TAILQ_FIRST(&h->clients));
		MHD_run(h->daemon);
	}
	h->coming_local = peer->family == AF_UNSPEC;
	/* It closes what it does not take. */
	(void)MHD_add_connection(h->daemon, fd, &peer->sa, sizeof *peer);
	run_daemon(h);
}

void
http_retire(struct http *h)
{
	h->retiring = true;
	on_sweep(h->loop, &h->sweep, 0);
	run_daemon(h);
}

size_t
http_clients(const struct http *h)
{
	return h->n;
}

/* ------------------------------------------------- life ----------------- */

static int
start_daemon(struct http *h)
{
	const union MHD_DaemonInfo *info;

	/* It says nothing on standard error: no flag asks for that. */
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET,
	    0, NULL, NULL, on_request, h,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)(2 * CLIENTS),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_END);
	if (h->daemon == NULL || (info = MHD_get_daemon_info(h->daemon,
	    MHD_DAEMON_INFO_EPOLL_FD)) == NULL)
		return -1;
	ev_io_init(&h->io, on_ready, info->epoll_fd, EV_READ);
	ev_io_start(h->loop, &h->io);
	return 0;
}

struct http *
http_new(struct ev_loop *loop, http_answer *answer, void *who)
{
	struct http *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->loop = loop;
	h->answer = answer;
	h->who = who;
	TAILQ_INIT(&h->clients);
	ev_init(&h->io, on_ready);
	ev_init(&h->soon, on_soon);
	ev_timer_init(&h->sweep, on_sweep, 0., SWEEP);
	h->io.data = h->soon.data = h->sweep.data = h;
	if (start_daemon(h) == 0)
		return h;
	http_free(h);
	return NULL;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	ev_io_stop(h->loop, &h->io);
	ev_timer_stop(h->loop, &h->soon);
	ev_timer_stop(h->loop, &h->sweep);
	if (h->daemon != NULL)
		MHD_stop_daemon(h->daemon);
	free(h);
}

/* ------------------------------------------------- reply ----------------- */

static void
put_headers(struct MHD_Response *response, const struct http_reply *reply)
{
	static const char *const always[][2] = {
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "X-Frame-Options", "DENY" }
	};

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		MHD_add_response_header(response, always[i][0], always[i][1]);
	MHD_add_response_header(response, "Content-Type", reply->type);
	MHD_add_response_header(response, "Content-Security-Policy",
	    reply->policy != NULL ? reply->policy :
	    "default-src 'none'; frame-ancestors 'none'");
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
}

bool
reply_send(struct MHD_Connection *c, struct http_reply *reply, bool last)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    reply->len, reply->body, reply->keep ? MHD_RESPMEM_PERSISTENT :
	    MHD_RESPMEM_MUST_FREE);
	enum MHD_Result r;

	if (response == NULL) {
		if (!reply->keep)
			free(reply->body);
		return false;
	}
	put_headers(response, reply);
	if (last)
		MHD_add_response_header(response, "Connection", "close");
	r = MHD_queue_response(c, reply->status, response);
	MHD_destroy_response(response);
	return r == MHD_YES;
}
