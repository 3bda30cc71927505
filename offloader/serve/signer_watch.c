/*
 * signer_watch.c - a worker's signer, as its loop sees it.
 */
#include <unistd.h>

#include "base/os_channel.h"
#include "log/log.h"
#include "serve/conn.h"
#include "serve/signer_watch.h"

/*
 * Who waits for a signature has been told. Those who come are sent away until
 * there is another signer; whoever has a ticket needs none.
 */
static void
on_reply(struct ev_loop *loop, ev_io *io, int events)
{
	struct signing *s = io->data;

	(void)events;
	if (key_desk_receive(&s->desk))
		return;
	ev_io_stop(loop, io);
	log_error("the signer is gone: no full handshakes until there is "
	    "another one");
	(void)os_channel_send(s->master, WORD_KEYS, -1);
}

static void
watch(struct signing *s)
{
	ev_io_init(&s->watch, on_reply, s->desk.channel, EV_READ);
	s->watch.data = s;
	ev_io_start(s->loop, &s->watch);
}

struct tls_signer *
signing_start(struct signing *s, struct ev_loop *loop,
    const struct worker_task *t)
{
	key_desk_init(&s->desk, t->keys, t->tally);
	if (t->keys == -1)
		return NULL;
	s->signer = (struct tls_signer){ .desk = &s->desk,
	    .answered = conn_answered };
	s->loop = loop;
	s->master = t->channel;
	watch(s);
	return &s->signer;
}

void
signing_stop(struct signing *s)
{
	if (s->loop != NULL)
		ev_io_stop(s->loop, &s->watch);
	key_desk_clear(&s->desk);
}

bool
signing_take(struct signing *s, char word, int channel)
{
	if (word != WORD_KEYS)
		return false;
	if (s->loop == NULL && channel != -1)
		close(channel);
	if (s->loop == NULL || channel == -1)
		return true;
	ev_io_stop(s->loop, &s->watch);
	key_desk_open(&s->desk, channel);
	watch(s);
	return true;
}
