/*
 * client.c - one connection, from its PROXY header to its last answer.
 *
 * A header is read with no byte more than it needs, so nothing that follows
 * has to be put back. Between two requests nothing is read while an answer
 * waits to be sent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "echo/page.h"
#include "echo/request.h"
#include "log/log.h"
#include "echo/client.h"

#define HEADER_SECONDS	10.
#define IDLE_SECONDS	60.
#define LINGER_SECONDS	2.

enum client_state {
	GUEST_HEADER,		/* before and in the PROXY header */
	GUEST_READS,
	GUEST_WRITES,
	GUEST_LINGERS,		/* all is sent: waits for the peer's end */
	GUEST_DONE
};

struct client {
	ev_io io;
	ev_timer limit;
	struct clients *all;
	struct client *next, *prev;
	enum client_state state;
	union addr peer;
	int fd;

	uint8_t *header;	/* what parsed points into */
	size_t header_len, needed;
	bool has_header;
	struct proxy_parsed parsed;

	struct request request;
	char in[16384];		/* from start to end: not looked at yet */
	size_t start, end;
	char *out;		/* from sent to out_len: to be written */
	size_t sent, out_len;
	bool last;		/* no answer after this one */
};

static void
client_free(struct ev_loop *loop, struct client *g)
{
	ev_io_stop(loop, &g->io);
	ev_timer_stop(loop, &g->limit);
	if (g->next != NULL)
		g->next->prev = g->prev;
	if (g->prev != NULL)
		g->prev->next = g->next;
	else
		g->all->first = g->next;
	close(g->fd);
	free(g->header);
	free(g->out);
	free(g);
}

/* Someone sent something that is no header: worth a line, once. */
static enum client_state
log_bad_header(const struct client *g, const char *what)
{
	char peer[ADDR_TEXT];

	log_warn("peer=%s: malformed PROXY header: %s",
	    g->peer.family == AF_UNSPEC ? "unix" :
	    addr_text(&g->peer, peer, sizeof peer), what);
	return GUEST_DONE;
}

/* Whether there is nothing to read now, as opposed to never again. */
static bool
must_wait(ssize_t n)
{
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

/* Bytes that are no PROXY header begin the first request. */
static enum client_state
without_header(struct client *g)
{
	memcpy(g->in, g->header, g->header_len);
	g->end = g->header_len;
	return GUEST_READS;
}

static enum client_state
step_header(struct client *g)
{
	uint8_t *bytes = realloc(g->header, g->needed);
	ssize_t n;

	if (bytes == NULL)
		return GUEST_DONE;
	g->header = bytes;
	n = recv(g->fd, bytes + g->header_len, g->needed - g->header_len, 0);
	if (must_wait(n))
		return GUEST_HEADER;
	if (n <= 0)
		return g->header_len == 0 ? GUEST_DONE :
		    log_bad_header(g, "the connection ended within it");
	g->header_len += (size_t)n;
	switch (proxy_header_parse(g->header, g->header_len, PROXY_HEADER_MAX,
	    &g->parsed, &g->needed)) {
	case PROXY_PARSE_MORE:
		return GUEST_HEADER;
	case PROXY_PARSE_NONE:
		return without_header(g);
	case PROXY_PARSE_BAD:
		return log_bad_header(g, g->parsed.fault);
	case PROXY_PARSE_OK:
		break;
	}
	g->has_header = true;
	return GUEST_READS;
}

static enum client_state
respond(struct client *g, int status, const char *body, size_t len)
{
	g->out = answer_new(&g->request, status, body, len, &g->out_len);
	g->last = g->request.close;
	return g->out == NULL ? GUEST_DONE : GUEST_WRITES;
}

static enum client_state
respond_page(struct client *g)
{
	enum client_state next;
	size_t len;
	char *page = page_new(g->has_header ? &g->parsed : NULL,
	    g->header_len, g->request.html, &len);

	if (page == NULL)
		return GUEST_DONE;
	next = respond(g, 200, page, len);
	free(page);
	request_reset(&g->request);
	return next;
}

static enum client_state
respond_refusal(struct client *g)
{
	char body[256];
	int n = snprintf(body, sizeof body, "%s\n", g->request.sentence);

	return respond(g, g->request.status, body, (size_t)n);
}

static enum client_state
respond_continue(struct client *g)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if ((g->out = strdup(text)) == NULL)
		return GUEST_DONE;
	g->out_len = sizeof text - 1;
	return GUEST_WRITES;
}

static enum client_state
step_read(struct client *g)
{
	enum request_result result;
	size_t used;
	ssize_t n;

	if (g->start == g->end) {
		n = recv(g->fd, g->in, sizeof g->in, 0);
		if (must_wait(n))
			return GUEST_READS;
		if (n <= 0)
			return GUEST_DONE;
		g->start = 0;
		g->end = (size_t)n;
	}
	result = request_read(&g->request, g->in + g->start, g->end - g->start,
	    &used);
	g->start += used;
	switch (result) {
	case REQUEST_MORE:	return GUEST_READS;
	case REQUEST_CONTINUE:	return respond_continue(g);
	case REQUEST_READY:	return respond_page(g);
	case REQUEST_REFUSED:	break;
	}
	return respond_refusal(g);
}

static enum client_state
step_write(struct client *g)
{
	ssize_t n = send(g->fd, g->out + g->sent, g->out_len - g->sent,
	    MSG_NOSIGNAL);

	if (must_wait(n))
		return GUEST_WRITES;
	if (n == -1)
		return GUEST_DONE;
	g->sent += (size_t)n;
	if (g->sent < g->out_len)
		return GUEST_WRITES;
	free(g->out);
	g->out = NULL;
	g->sent = g->out_len = 0;
	if (!g->last)
		return GUEST_READS;
	/* Closed over unread bytes, the kernel would take the answer back. */
	shutdown(g->fd, SHUT_WR);
	return GUEST_LINGERS;
}

static enum client_state
step_linger(struct client *g)
{
	ssize_t n = recv(g->fd, g->in, sizeof g->in, 0);

	return n > 0 || must_wait(n) ? GUEST_LINGERS : GUEST_DONE;
}

static enum client_state
step(struct client *g)
{
	switch (g->state) {
	case GUEST_HEADER:	return step_header(g);
	case GUEST_READS:	return step_read(g);
	case GUEST_WRITES:	return step_write(g);
	case GUEST_LINGERS:	return step_linger(g);
	case GUEST_DONE:	break;
	}
	return GUEST_DONE;
}

/* Lingering has one limit in all; the others restart with each event. */
static void
set_limit(struct ev_loop *loop, struct client *g, enum client_state next)
{
	if (g->state == GUEST_LINGERS || (g->state == GUEST_HEADER &&
	    next == GUEST_HEADER))
		return;
	g->limit.repeat = next == GUEST_LINGERS ? LINGER_SECONDS :
	    IDLE_SECONDS;
	ev_timer_again(loop, &g->limit);
}

static void
on_event(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *g = io->data;
	enum client_state next;

	(void)events;
	/* Bytes that were read already cause no event. */
	do {
		next = step(g);
		set_limit(loop, g, next);
		g->state = next;
	} while (next == GUEST_READS && g->start < g->end);
	if (next == GUEST_DONE) {
		client_free(loop, g);
		return;
	}
	ev_io_stop(loop, io);
	ev_io_set(io, g->fd, next == GUEST_WRITES ? EV_WRITE : EV_READ);
	ev_io_start(loop, io);
}

static void
on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct client *g = timer->data;

	(void)events;
	if (g->state == GUEST_HEADER && g->header_len > 0)
		log_bad_header(g, "the rest of it did not come in time");
	client_free(loop, g);
}

bool
client_new(struct ev_loop *loop, struct clients *all, int fd,
    const union addr *peer)
{
	struct client *g = calloc(1, sizeof *g);

	if (g == NULL) {
		close(fd);
		return false;
	}
	g->all = all;
	g->fd = fd;
	g->peer = *peer;
	g->needed = 1;
	g->next = all->first;
	if (g->next != NULL)
		g->next->prev = g;
	all->first = g;
	g->io.data = g->limit.data = g;
	ev_io_init(&g->io, on_event, fd, EV_READ);
	ev_timer_init(&g->limit, on_limit, 0., HEADER_SECONDS);
	ev_io_start(loop, &g->io);
	ev_timer_again(loop, &g->limit);
	return true;
}

void
clients_end(struct ev_loop *loop, struct clients *all)
{
	while (all->first != NULL)
		client_free(loop, all->first);
}

/* ------------------------------------------------- answer ---------------- */

static const char *
reason(int status)
{
	switch (status) {
	case 200:	return "OK";
	case 400:	return "Bad Request";
	case 405:	return "Method Not Allowed";
	case 431:	return "Request Header Fields Too Large";
	case 501:	return "Not Implemented";
	case 505:	return "HTTP Version Not Supported";
	}
	return "Internal Server Error";
}

char *
answer_new(const struct request *r, int status, const char *body,
    size_t body_len, size_t *len)
{
	char head[512], *bytes;
	size_t n = (size_t)snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\n"
	    "Content-Type: text/%s; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "Cache-Control: no-store\r\n"
	    "Vary: Accept\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Content-Security-Policy: default-src 'none'; "
	    "style-src 'unsafe-inline'\r\n"
	    "%sConnection: %s\r\n\r\n", status, reason(status),
	    status == 200 && r->html ? "html" : "plain", body_len,
	    status == 405 ? "Allow: GET, HEAD, POST\r\n" : "",
	    r->close ? "close" : "keep-alive");

	if (r->head_only)
		body_len = 0;
	if ((bytes = malloc(n + body_len)) == NULL)
		return NULL;
	memcpy(bytes, head, n);
	memcpy(bytes + n, body, body_len);
	*len = n + body_len;
	return bytes;
}
