/*
 * reporter.c - the process that tells how things are, over HTTP.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child_message.h"
#include "base/os_channel.h"
#include "log/log.h"
#include "loop/accept_loop.h"
#include "reporter/http.h"
#include "reporter/reporter.h"

#define TICK		0.1	/* seconds, */
#define LAST_TICK	50	/* and so many of them for the last clients */

struct reporter {
	const struct reporter_task *task;
	struct ev_loop *loop;
	struct pages pages;
	struct http *http;
	struct accept_loop clients;
	ev_io channel;
	ev_timer tick;
	unsigned ticks;			/* since no worker accepts */
};

static int
on_client(struct accept_loop *loop, size_t listener, int fd,
    const union addr *peer)
{
	struct reporter *r = loop->owner;

	(void)listener;
	http_accept(r->http, fd, peer);
	return 0;
}

static void
on_tick(struct ev_loop *loop, ev_timer *t, int events)
{
	struct reporter *r = t->data;

	(void)events;
	if (http_clients(r->http) == 0 || r->ticks++ == LAST_TICK)
		ev_break(loop, EVBREAK_ALL);
}

/* Another one lets clients in, at the same sockets. */
static void
fall_silent(struct reporter *r)
{
	accept_loop_close(&r->clients);
	http_retire(r->http);
	ev_timer_again(r->loop, &r->tick);
}

/* Without a master there is nothing to tell, and its successor wants the
 * address. */
static void
on_word(struct ev_loop *loop, ev_io *io, int events)
{
	struct reporter *r = io->data;
	char word;
	int fd, n = os_channel_receive(io->fd, &word, &fd);

	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != 1 || word == CHILD_LEAVE)
		ev_break(loop, EVBREAK_ALL);
	else if (word == CHILD_RETIRE)
		fall_silent(r);
	else if (!log_message_take(word, fd) && fd != -1)
		close(fd);
}

/* The master says when it is over; a terminal tells all of us. */
static void
ignore_signals(void)
{
	static const int all[] = { SIGPIPE, SIGINT, SIGHUP, SIGUSR1, SIGUSR2,
	    SIGTERM };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		signal(all[i], SIG_IGN);
}

static int
begin_reporting(struct reporter *r)
{
	const struct reporter_task *t = r->task;

	ignore_signals();
	if ((r->loop = ev_default_loop(EVFLAG_NOENV)) == NULL ||
	    pages_init(&r->pages, &t->from) != 0 ||
	    (r->http = http_new(r->loop, pages_answer, &r->pages)) == NULL)
		return -1;
	accept_loop_init(&r->clients, r->loop, on_client, r);
	for (size_t i = 0; i < t->listeners->n; i++)
		if (accept_loop_add(&r->clients,
		    t->listeners->listener[i].fd) != 0)
			return -1;
	ev_timer_init(&r->tick, on_tick, 0., TICK);
	ev_io_init(&r->channel, on_word, t->channel, EV_READ);
	r->tick.data = r->channel.data = r;
	ev_io_start(r->loop, &r->channel);
	accept_loop_open(&r->clients);
	return 0;
}

/* The last thing before the loop: nothing more is opened. */
static int
confine_reporter(const struct reporter_task *task)
{
	struct err e;

	if (task->confine(task->child, &e) == 0)
		return 0;
	log_error("%s", e.text);
	return -1;
}

int
reporter_run(const struct reporter_task *task)
{
	struct reporter r = { .task = task };
	int status = EX_OSERR;

	if (begin_reporting(&r) != 0)
		log_error("cannot start the reporter: %s", strerror(errno));
	else if (confine_reporter(task) == 0) {
		ev_run(r.loop, 0);
		status = 0;
	}
	accept_loop_clear(&r.clients);
	http_free(r.http);
	pages_clear(&r.pages);
	return status;
}
