/*
 * signer_watch.c - a worker's signer, as its loop sees it.
 */
#include <unistd.h>

#include "base/child_message.h"
#include "base/os_channel.h"
#include "log/log.h"
#include "serve/conn.h"
#include "serve/signer_watch.h"

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
watch(struct signer_watch *s)
{
	ev_io_init(&s->watch, on_reply, s->queue.channel, EV_READ);
	s->watch.data = s;
	ev_io_start(s->loop, &s->watch);
}

struct tls_signer *
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
	watch(s);
	return &s->signer;
}

void
signer_watch_stop(struct signer_watch *s)
{
	if (s->loop != NULL)
		ev_io_stop(s->loop, &s->watch);
	sign_queue_clear(&s->queue);
}

bool
signer_watch_take(struct signer_watch *s, char word, int channel)
{
	if (word != CHILD_KEYS)
		return false;
	if (s->loop == NULL && channel != -1)
		close(channel);
	if (s->loop == NULL || channel == -1)
		return true;
	ev_io_stop(s->loop, &s->watch);
	sign_queue_open(&s->queue, channel);
	watch(s);
	return true;
}
