/*
 * backend.c - the light server behind the proxies of the bench.
 *
 *	backend ADDRESS...
 *
 * listens on every address (host:port, port 0 for any, or a /path), prints
 * the ports as one JSON object, and serves until its standard input ends or
 * its life is over. It takes whatever PROXY header comes, or none. One event
 * gives or takes one bounded block, so that bulk does not hold up the rest.
 */
#include <sys/epoll.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net.h"
#include "request.h"

#define LIFE		7200		/* seconds, whatever happens */
#define BLOCK		(256 * 1024)
#define SMALL		1024		/* the small reply, head and all */
#define HEAD_MAX	2048
#define EVENTS		64

struct conn {
	int fd;
	bool listens;		/* not a connection: a listening socket */
	bool greeted;		/* what PROXY header there was is read */
	bool last;		/* ends after this reply */
	bool armed;		/* waits for room to write */
	uint64_t skip;		/* bytes of an upload still to come */
	uint64_t body;		/* bytes of a download still to go */
	size_t have, out_at, out_len;
	const char *out;	/* borrowed: small, or line */
	char line[128];		/* the head of a bulk reply */
	char head[HEAD_MAX];
};

static char block[BLOCK];	/* what downloads are made of, uploads end in */
static char small[SMALL + 1];

static void
make_small(void)
{
	static const char form[] = "HTTP/1.1 200 OK\r\nServer: bench\r\n"
	    "Content-Type: text/plain\r\nContent-Length: %4d\r\n\r\n";
	int head = snprintf(small, sizeof small, form, 0);

	snprintf(small, sizeof small, form, SMALL - head);
	memset(small + head, 's', (size_t)(SMALL - head));
}

static void
watch(int ep, struct conn *c, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(ep, op, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
conn_free(struct conn *c)
{
	close(c->fd);
	free(c);
}

static void
reply(struct conn *c, const struct request *r)
{
	int n;

	c->last = r->last;
	c->out_at = 0;
	if (r->download == 0) {
		c->out = small;
		c->out_len = SMALL;
		return;
	}
	n = snprintf(c->line, sizeof c->line, "HTTP/1.1 200 OK\r\n"
	    "Content-Length: %llu\r\n\r\n", (unsigned long long)r->download);
	c->out = c->line;
	c->out_len = (size_t)n;
	c->body = r->download;
}

/* Sends one block at most. False when the client is gone, or has it all. */
static bool
give(struct conn *c)
{
	size_t want = c->body < BLOCK ? (size_t)c->body : BLOCK;
	ssize_t n;

	if (c->out_at < c->out_len) {
		n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at,
		    MSG_NOSIGNAL | (c->body > 0 ? MSG_MORE : 0));
		if (n == -1)
			return errno == EAGAIN;
		c->out_at += (size_t)n;
		if (c->out_at < c->out_len)
			return true;
	}
	if (want > 0) {
		n = send(c->fd, block, want, MSG_NOSIGNAL);
		if (n == -1)
			return errno == EAGAIN;
		c->body -= (uint64_t)n;
	}
	return c->body > 0 || !c->last;
}

static bool
owes(const struct conn *c)
{
	return c->out_at < c->out_len || c->body > 0;
}

/* Takes n bytes off the front of what was read. */
static void
took(struct conn *c, size_t n)
{
	c->have -= n;
	memmove(c->head, c->head + n, c->have);
}

/* Makes of what was read a reply to give, if it is enough. */
static bool
digest(struct conn *c)
{
	struct request r;
	size_t body;
	long n;

	if (!c->greeted) {
		n = request_skip_proxy(c->head, c->have, &c->greeted);
		if (n < 0)
			return false;
		took(c, (size_t)n);
	}
	if (!c->greeted || owes(c) || c->skip > 0)
		return true;
	n = request_parse(c->head, c->have, &r);
	if (n <= 0)
		return n == 0 && c->have < HEAD_MAX;
	took(c, (size_t)n);
	body = r.upload < c->have ? (size_t)r.upload : c->have;
	took(c, body);
	c->skip = r.upload - body;
	reply(c, &r);
	return true;
}

static bool
take(struct conn *c)
{
	char *to = c->skip > 0 ? block : c->head + c->have;
	size_t room = HEAD_MAX - c->have;
	ssize_t n;

	if (c->skip > 0)
		room = c->skip < BLOCK ? (size_t)c->skip : BLOCK;
	n = recv(c->fd, to, room, 0);
	if (n <= 0)
		return n == -1 && errno == EAGAIN;
	if (c->skip > 0) {
		c->skip -= (uint64_t)n;
		return true;
	}
	c->have += (size_t)n;
	return digest(c);
}

static bool
serve(int ep, struct conn *c, uint32_t events)
{
	bool wants;

	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 &&
	    (!owes(c) || c->skip > 0) && !take(c))
		return false;
	/* An upload is answered when all of it is here. */
	while (owes(c) && c->skip == 0) {
		if (!give(c))
			return false;
		if (owes(c))
			break;
		if (!digest(c))
			return false;
	}
	wants = owes(c) && c->skip == 0;
	if (wants != c->armed) {
		watch(ep, c, EPOLL_CTL_MOD, wants ? EPOLLOUT : EPOLLIN);
		c->armed = wants;
	}
	return true;
}

static void
welcome(int ep, int listener)
{
	struct conn *c;
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		if ((c = calloc(1, sizeof *c)) == NULL)
			err(1, NULL);
		c->fd = fd;
		watch(ep, c, EPOLL_CTL_ADD, EPOLLIN);
	}
	if (errno != EAGAIN && errno != ECONNABORTED)
		warn("accept");
}

static void
listen_on(int ep, const char *text)
{
	struct net_addr a;
	struct conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		err(1, NULL);
	if (!net_parse(text, &a))
		errx(1, "%s: neither host:port nor /path", text);
	c->listens = true;
	if ((c->fd = net_listen(&a)) == -1)
		err(1, "%s", text);
	watch(ep, c, EPOLL_CTL_ADD, EPOLLIN);
	printf("%u", net_port(&a));
}

/* A terminal or a pipe ends us when it ends; a file cannot be watched. */
static void
watch_stdin(int ep)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, STDIN_FILENO, &ev) == -1 &&
	    errno != EPERM)
		err(1, "standard input");
}

static bool
turn(int ep)
{
	struct epoll_event events[EVENTS];
	struct conn *c;
	char ignored[256];
	int i, n = epoll_wait(ep, events, EVENTS, -1);

	for (i = 0; i < n; i++) {
		if ((c = events[i].data.ptr) == NULL) {
			if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
				return false;
		} else if (c->listens)
			welcome(ep, c->fd);
		else if (!serve(ep, c, events[i].events))
			conn_free(c);
	}
	return true;
}

int
main(int argc, char **argv)
{
	int i, ep = epoll_create1(EPOLL_CLOEXEC);

	if (argc < 2)
		errx(1, "usage: backend ADDRESS...");
	if (ep == -1)
		err(1, "epoll_create1");
	alarm(LIFE);
	signal(SIGPIPE, SIG_IGN);
	net_raise_limit();
	make_small();
	watch_stdin(ep);
	printf("{\"ports\": [");
	for (i = 1; i < argc; i++) {
		listen_on(ep, argv[i]);
		printf(i + 1 < argc ? ", " : "]}\n");
	}
	fflush(stdout);
	while (turn(ep))
		continue;
	/* The connections still open are the kernel's to close. */
	_exit(0);
}
