/*
 * worker.c - one event loop: all that one worker process does.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child_message.h"
#include "base/heartbeat.h"
#include "base/os.h"
#include "base/os_channel.h"
#include "log/log.h"
#include "loop/accept_loop.h"
#include "relay/plain_side.h"
#include "serve/conn.h"
#include "serve/conn_header.h"
#include "serve/worker.h"

#define SCRATCH		(192 * 1024)	/* plaintext of one pass */
#define SPARE_BUFFERS	16		/* kept in the pool */
#define OTHER_FILES	64	/* descriptors that are no connection's */
#define TRIM_FROM	256		/* connections that make a peak */
#define BEAT		1.0		/* seconds between two, at most */

/* Accepts clients while there is room for more connections. */
struct acceptor {
	struct accept_loop loop;
	struct conn_home *home;
	const struct listener *listeners;
	unsigned room;			/* connections at the same time */
};

/* The signer, as the loop sees it. */
struct signer_watch {
	struct tls_signer signer;	/* what sessions know of it */
	struct sign_queue queue;
	struct ev_loop *loop;		/* NULL: keys are in this process */
	ev_io watch;
	int master;			/* borrowed: the channel to it */
};

struct worker {
	struct conn_home home;		/* first: home and worker convert */
	const struct worker_task *task;
	struct acceptor acceptor;
	bool retiring;
	unsigned peak;			/* connections since the last trim */
	bool spread;			/* what it left may lie scattered */
	ev_io channel;
	ev_signal term;
	ev_timer drain, heartbeat;
	struct loop_lag lag;			/* of the heartbeat */
	struct signer_watch signer;		/* not started: keys are here */
};

/* ------------------------------------------------- accepting ------------- */

static int
on_accepted(struct accept_loop *loop, size_t listener, int fd,
    const union addr *peer)
{
	struct acceptor *a = loop->owner;

	if (conn_start(a->home, fd, peer, &a->listeners[listener]) == -1)
		return ENOMEM;
	if (a->home->n_conns >= a->room)
		accept_loop_close(loop);
	return 0;
}

static void
on_pause(struct accept_loop *loop)
{
	const struct acceptor *a = loop->owner;

	counters_add(a->home->counters, STATS_PAUSES, 1);
}

/* -1: out of memory. Clients come in from now on. */
static int
acceptor_start(struct acceptor *a, struct conn_home *h,
    const struct listener *listeners, size_t n, unsigned room)
{
	*a = (struct acceptor){ .home = h, .listeners = listeners,
	    .room = room };
	accept_loop_init(&a->loop, h->loop, on_accepted, a);
	a->loop.paused = on_pause;
	for (size_t i = 0; i < n; i++)
		if (accept_loop_add(&a->loop, listeners[i].fd) == -1)
			return -1;
	accept_loop_open(&a->loop);
	return 0;
}

/* A connection has ended: there may be room again. */
static void
acceptor_room(struct acceptor *a)
{
	if (!a->loop.open && a->loop.n > 0 && a->home->n_conns < a->room)
		accept_loop_open(&a->loop);
}

/* Accepts the clients that wait already, as far as there is room. */
static void
acceptor_sweep(struct acceptor *a)
{
	for (size_t i = 0; i < a->loop.n; i++)
		while (a->loop.open && accept_loop_one(&a->loop, i))
			;
}

static void
acceptor_stop(struct acceptor *a)
{
	accept_loop_clear(&a->loop);
}

/* ------------------------------------------------- the signer ------------ */

/*
 * The handshakes that waited for a signature have failed. New ones fail too
 * until another signer is ready, unless the client has a ticket.
 */
static void
on_reply(struct ev_loop *loop, ev_io *io, int events)
{
	struct signer_watch *s = io->data;

	(void)events;
	if (sign_queue_receive(&s->queue))
		return;
	ev_io_stop(loop, io);
	log_error("the signer exited: full handshakes fail until a new one is "
	    "ready");
	(void)os_channel_send(s->master, CHILD_KEYS, -1);
}

static void
watch_signer(struct signer_watch *s)
{
	ev_io_init(&s->watch, on_reply, s->queue.channel, EV_READ);
	s->watch.data = s;
	ev_io_start(s->loop, &s->watch);
}

/* NULL: the task has no signer, and a new one will not be taken either. */
static struct tls_signer *
signer_watch_start(struct signer_watch *s, struct ev_loop *loop,
    const struct worker_task *t)
{
	sign_queue_init(&s->queue, t->keys, t->counters);
	if (t->keys == -1)
		return NULL;
	s->signer = (struct tls_signer){ .queue = &s->queue,
	    .answered = conn_answered };
	s->loop = loop;
	s->master = t->channel;
	watch_signer(s);
	return &s->signer;
}

static void
signer_watch_stop(struct signer_watch *s)
{
	if (s->loop != NULL)
		ev_io_stop(s->loop, &s->watch);
	sign_queue_clear(&s->queue);
}

/*
 * Takes the new signer, for which the master is asked when one is lost. False:
 * the message is another one.
 */
static bool
signer_watch_take(struct signer_watch *s, char message, int channel)
{
	if (message != CHILD_KEYS)
		return false;
	if (s->loop == NULL && channel != -1)
		close(channel);
	if (s->loop == NULL || channel == -1)
		return true;
	ev_io_stop(s->loop, &s->watch);
	sign_queue_open(&s->queue, channel);
	watch_signer(s);
	return true;
}

/* ------------------------------------------------- the worker ------------ */

static void
leave_if_empty(struct worker *w)
{
	if (w->retiring && w->home.n_conns == 0)
		ev_break(w->home.loop, EVBREAK_ALL);
}

/*
 * After a peak the allocator would keep its memory for ever. It is handed back
 * when three quarters have left, and once more when all have.
 */
static void
trim(struct worker *w)
{
	unsigned n = w->home.n_conns;
	bool fell = w->peak >= TRIM_FROM && n <= w->peak / 4;

	if (n >= w->peak)
		w->peak = n + 1;
	if (!fell && !(w->spread && n == 0))
		return;
	w->peak = n;
	w->spread = n > 0;
	pool_empty(&w->home.pool);
	malloc_trim(0);
}

static void
on_ended(struct conn_home *h)
{
	struct worker *w = (struct worker *)h;

	trim(w);
	acceptor_room(&w->acceptor);
	leave_if_empty(w);
}

static void
on_drained(struct ev_loop *loop, ev_timer *t, int events)
{
	struct worker *w = t->data;

	(void)events;
	log_warn("drain-timeout: cutting %u connections", w->home.n_conns);
	conn_end_all(&w->home, END_DRAINED);
	ev_break(loop, EVBREAK_ALL);
}

/*
 * Closes our copies of the sockets too: a client in their queue would wait for
 * ever, and the next master could not bind.
 */
static void
close_listeners(struct worker *w)
{
	acceptor_stop(&w->acceptor);
	for (size_t i = 0; i < w->task->n_listeners; i++)
		close(w->task->listeners[i].fd);
}

static void
retire(struct worker *w)
{
	if (w->retiring)
		return;
	acceptor_sweep(&w->acceptor);
	w->retiring = true;
	counters_set(w->home.counters, STATS_WORKERS, 0);
	counters_set(w->home.counters, STATS_WORKERS_DRAINING, 1);
	close_listeners(w);
	ev_timer_set(&w->drain, w->task->conf->drain_timeout, 0.);
	ev_timer_start(w->home.loop, &w->drain);
	conn_drain(&w->home, w->task->conf->drain_idle_timeout);
	leave_if_empty(w);
}

static void
stop_now(struct worker *w)
{
	w->retiring = true;
	conn_end_all(&w->home, END_DRAINED);
	ev_break(w->home.loop, EVBREAK_ALL);
}

static void
on_line_lost(void *worker)
{
	const struct worker *w = worker;

	counters_add(w->home.counters, STATS_LOG_LINES_LOST, 1);
}

static void
on_syslog_lost(void *worker)
{
	const struct worker *w = worker;

	(void)os_channel_send(w->task->channel, CHILD_SYSLOG, -1);
}

/* If the channel ends, the master has exited, and no reload will come. */
static void
on_master_message(struct ev_loop *loop, ev_io *io, int events)
{
	struct worker *w = io->data;
	char message = CHILD_RETIRE;
	int fd, n = os_channel_receive(io->fd, &message, &fd);

	(void)events;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 1 && (log_message_take(message, fd) ||
	    signer_watch_take(&w->signer, message, fd)))
		return;
	if (n <= 0) {
		ev_io_stop(loop, io);
		if (!w->retiring)
			log_error("the master exited; draining");
	}
	if (n == 1 && message == CHILD_LEAVE)
		stop_now(w);
	else
		retire(w);
}

static void
on_term(struct ev_loop *loop, ev_signal *s, int events)
{
	(void)loop;
	(void)events;
	retire(s->data);
}

static void
on_heartbeat(struct ev_loop *loop, ev_timer *t, int events)
{
	struct worker *w = t->data;

	(void)loop;
	(void)events;
	if (w->task->heartbeat != NULL)
		heartbeat_beat(w->task->heartbeat);
	/* Stacks lie among what clients that stay have got since. */
	if (async_call_rest(&w->signer.queue))
		malloc_trim(0);
	loop_lag_beat(&w->lag, os_clock());
	counters_set(w->home.counters, STATS_LOOP_LAG,
	    (uint64_t)(loop_lag_worst(&w->lag) * STATS_SECOND));
}

static void
start_timers(struct worker *w)
{
	double beat = w->task->conf->watchdog / HEARTBEAT_BEATS;

	if (beat == 0 || beat > BEAT)
		beat = BEAT;
	ev_init(&w->drain, on_drained);
	ev_timer_init(&w->heartbeat, on_heartbeat, 0., beat);
	w->drain.data = w->heartbeat.data = w;
	loop_lag_init(&w->lag, beat);
	ev_timer_start(w->home.loop, &w->heartbeat);
}

/* A terminal sends these to all of us; the master says what they mean. */
static void
set_signals(struct worker *w)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	ev_signal_init(&w->term, on_term, SIGTERM);
	w->term.data = w;
	ev_signal_start(w->home.loop, &w->term);
}

static int
init_home(struct conn_home *h, const struct worker_task *t)
{
	const struct conf *conf = t->conf;

	h->conf = conf;
	h->counters = t->counters;
	h->backend = *t->backend;
	h->pool = (struct pool){ .size = OUTQUEUE_BUFFER,
	    .keep = SPARE_BUFFERS };
	h->scratch = (struct scratch){ malloc(SCRATCH), SCRATCH };
	h->ended = on_ended;
	LIST_INIT(&h->conns);
	h->loop = ev_default_loop(EVFLAG_NOENV);
	if (h->scratch.bytes == NULL || h->loop == NULL ||
	    tls_buffers_init(&h->buffers) != 0 || conn_header_form(&h->form,
	    conf) != 0)
		return -1;
	run_queue_init(&h->run_queue, h->loop);
	log_limit_init(&h->refused, h->loop, "connections without a valid "
	    "PROXY header", LOG_LIMIT_LINES);
	log_limit_init(&h->failed, h->loop,
	    "connections that failed before the handshake finished",
	    (unsigned)conf->access_log_failures);
	return 0;
}

static void
clear_home(struct conn_home *h)
{
	run_queue_stop(&h->run_queue);
	log_limit_stop(&h->refused);
	log_limit_stop(&h->failed);
	tls_buffers_clear(&h->buffers);
	pool_empty(&h->pool);
	free(h->scratch.bytes);
}

static int
start_worker(struct worker *w)
{
	const struct worker_task *t = w->task;
	unsigned long files = os_raise_descriptors();
	unsigned room = files > 2 * OTHER_FILES ?
	    (unsigned)((files - OTHER_FILES) / 2) : OTHER_FILES / 2;

	if (init_home(&w->home, t) != 0)
		return -1;
	w->home.signer = signer_watch_start(&w->signer, w->home.loop, t);
	log_set_hooks(&(struct log_hooks){ on_line_lost, on_syslog_lost, w });
	start_timers(w);
	ev_io_init(&w->channel, on_master_message, t->channel, EV_READ);
	w->channel.data = w;
	ev_io_start(w->home.loop, &w->channel);
	set_signals(w);
	return acceptor_start(&w->acceptor, &w->home, t->listeners,
	    t->n_listeners, room);
}

/* After this, code that a client hijacks can do little harm. */
static int
confine_worker(const struct worker_task *t)
{
	char message = CHILD_READY;
	struct err e;

	if (t->confine(t->child, &e) != 0) {
		log_error("%s", e.text);
		return -1;
	}
	counters_set(t->counters, STATS_WORKERS, 1);
	return write(t->channel, &message, 1) == 1 ? 0 : -1;
}

int
worker_run(const struct worker_task *task)
{
	struct worker w = { .task = task };

	if (start_worker(&w) != 0) {
		log_error("cannot start the worker: %s", strerror(errno));
		return EX_OSERR;
	}
	if (confine_worker(task) != 0)
		return EX_OSERR;
	ev_run(w.home.loop, 0);
	acceptor_stop(&w.acceptor);
	ev_signal_stop(w.home.loop, &w.term);
	ev_io_stop(w.home.loop, &w.channel);
	ev_timer_stop(w.home.loop, &w.drain);
	ev_timer_stop(w.home.loop, &w.heartbeat);
	signer_watch_stop(&w.signer);
	clear_home(&w.home);
	log_set_hooks(&(struct log_hooks){ 0 });
	return 0;
}
