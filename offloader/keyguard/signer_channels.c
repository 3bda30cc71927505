/*
 * signer_channels.c - a channel to a signer for each worker of a generation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child_message.h"
#include "base/os.h"
#include "keys/key_uri.h"
#include "log/log.h"
#include "keyguard/signer_channels.h"

static bool
any_token(const struct certs_conf *certs)
{
	for (size_t i = 0; i < certs->n; i++) {
		const char *key = certs->cert[i].private_key;

		if (key != NULL && key_uri_is(key) && !key_uri_is_file(key))
			return true;
	}
	return false;
}

bool
pkcs11_wanted(const struct conf *c)
{
	if (any_token(&c->certs))
		return true;
	for (size_t i = 0; i < c->n_fronts; i++)
		if (any_token(&c->fronts[i].certs))
			return true;
	return false;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Sends it to the keyguard, if there is one. */
static void
send_channel(struct signer_channel *s)
{
	const struct conf *c = s->all->conf;
	const struct signer_message m = {
		.generation = s->all->generation, .worker = s->worker->number,
		.user = c->user, .group = c->group, .chroot = c->chroot,
		.sandbox = (uint8_t)c->sandbox, .tokens = pkcs11_wanted(c) };

	if (s->far != -1 && keyguard_client_order(s->all->link, &m, s->far) ==
	    0)
		close_fd(&s->far);
}

static int
make_channel(struct signer_channel *s)
{
	int pair[2];

	if (os_pair_to_wait(pair) == -1)
		return -1;
	close_fd(&s->near);
	close_fd(&s->far);
	s->near = pair[0];
	s->far = pair[1];
	s->throttle.started = ev_now(s->all->loop);
	return 0;
}

static void
on_later(struct ev_loop *loop, ev_timer *t, int events)
{
	struct signer_channel *s = t->data;

	(void)loop;
	(void)events;
	if (s->worker->pid == 0)
		return;
	if (make_channel(s) != 0) {
		log_error("worker %u: cannot create a channel to a signer: %s",
		    s->worker->number, strerror(errno));
		signer_channels_again(s->all, s->worker->number);
		return;
	}
	proc_send(s->worker, CHILD_KEYS, s->near);
	close_fd(&s->near);
	send_channel(s);
}

int
signer_channels_init(struct signer_channels *a, struct keyguard_client *link,
    struct ev_loop *loop,
    const struct conf *conf, struct proc *worker, size_t n)
{
	*a = (struct signer_channels){ .link = link, .loop = loop, .conf =
	    conf };
	if (link == NULL)
		return 0;
	if ((a->channel = calloc(n, sizeof *a->channel)) == NULL)
		return -1;
	a->n = n;
	for (size_t i = 0; i < n; i++) {
		struct signer_channel *s = &a->channel[i];

		*s = (struct signer_channel){ .all = a, .worker = &worker[i],
		    .near = -1, .far = -1 };
		ev_init(&s->later, on_later);
		s->later.data = s;
	}
	return 0;
}

void
signer_channels_clear(struct signer_channels *a)
{
	for (size_t i = 0; i < a->n; i++) {
		ev_timer_stop(a->loop, &a->channel[i].later);
		close_fd(&a->channel[i].near);
		close_fd(&a->channel[i].far);
	}
	free(a->channel);
	*a = (struct signer_channels){ 0 };
}

int
signer_channels_before(struct signer_channels *a, unsigned worker)
{
	if (a->link == NULL)
		return 0;
	ev_timer_stop(a->loop, &a->channel[worker].later);
	return make_channel(&a->channel[worker]);
}

int
signer_channels_near(const struct signer_channels *a, unsigned worker)
{
	return a->link != NULL ? a->channel[worker].near : -1;
}

void
signer_channels_after(struct signer_channels *a, unsigned worker)
{
	struct signer_channel *s;

	if (a->link == NULL)
		return;
	s = &a->channel[worker];
	close_fd(&s->near);
	if (s->worker->pid != 0)
		send_channel(s);
	else
		close_fd(&s->far);
}

void
signer_channels_again(struct signer_channels *a, unsigned worker)
{
	struct signer_channel *s;

	if (a->link == NULL)
		return;
	s = &a->channel[worker];
	/* A worker is less trusted, and may send this too often. */
	if (ev_is_active(&s->later))
		return;
	ev_timer_set(&s->later, throttle_wait(&s->throttle,
	    ev_now(a->loop)), 0.);
	ev_timer_start(a->loop, &s->later);
}

void
signer_channels_hand_over(struct signer_channels *a)
{
	for (size_t i = 0; i < a->n; i++)
		send_channel(&a->channel[i]);
}

void
signer_channels_leave(const struct signer_channels *a, const struct proc *mine)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct signer_channel *s = &a->channel[i];

		if (s->near != -1 && s->worker != mine)
			close(s->near);
		if (s->far != -1)
			close(s->far);
	}
}
