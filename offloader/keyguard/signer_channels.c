/*
 * signer_channels.c - a channel to a signer for each worker of a generation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "keyguard/pkcs11.h"
#include "log/log.h"
#include "serve/worker.h"
#include "keyguard/signer_channels.h"

static void
drop(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* To the keyguard, if there is one. */
static void
hand_over(struct signer_seat *s)
{
	const struct conf *c = s->all->conf;
	const struct key_signer_message m = {
		.generation = s->all->generation, .worker = s->worker->number,
		.user = c->user, .group = c->group, .chroot = c->chroot,
		.sandbox = (uint8_t)c->sandbox, .tokens = tokens_wanted(c) };

	if (s->far != -1 && keylink_order(s->all->link, &m, s->far) == 0)
		drop(&s->far);
}

static int
make(struct signer_seat *s)
{
	int pair[2];

	if (os_pair_to_wait(pair) == -1)
		return -1;
	drop(&s->near);
	drop(&s->far);
	s->near = pair[0];
	s->far = pair[1];
	s->throttle.started = ev_now(s->all->loop);
	return 0;
}

static void
on_later(struct ev_loop *loop, ev_timer *t, int events)
{
	struct signer_seat *s = t->data;

	(void)loop;
	(void)events;
	if (s->worker->pid == 0)
		return;
	if (make(s) != 0) {
		log_error("worker %u: no channel to a signer: %s",
		    s->worker->number, strerror(errno));
		signers_again(s->all, s->worker->number);
		return;
	}
	proc_tell(s->worker, WORD_KEYS, s->near);
	drop(&s->near);
	hand_over(s);
}

int
signers_init(struct signers *a, struct keylink *link, struct ev_loop *loop,
    const struct conf *conf, struct proc *worker, size_t n)
{
	*a = (struct signers){ .link = link, .loop = loop, .conf = conf };
	if (link == NULL)
		return 0;
	if ((a->seat = calloc(n, sizeof *a->seat)) == NULL)
		return -1;
	a->n = n;
	for (size_t i = 0; i < n; i++) {
		struct signer_seat *s = &a->seat[i];

		*s = (struct signer_seat){ .all = a, .worker = &worker[i],
		    .near = -1, .far = -1 };
		ev_init(&s->later, on_later);
		s->later.data = s;
	}
	return 0;
}

void
signers_clear(struct signers *a)
{
	for (size_t i = 0; i < a->n; i++) {
		ev_timer_stop(a->loop, &a->seat[i].later);
		drop(&a->seat[i].near);
		drop(&a->seat[i].far);
	}
	free(a->seat);
	*a = (struct signers){ 0 };
}

int
signers_before(struct signers *a, unsigned worker)
{
	if (a->link == NULL)
		return 0;
	ev_timer_stop(a->loop, &a->seat[worker].later);
	return make(&a->seat[worker]);
}

int
signers_near(const struct signers *a, unsigned worker)
{
	return a->link != NULL ? a->seat[worker].near : -1;
}

void
signers_after(struct signers *a, unsigned worker)
{
	struct signer_seat *s;

	if (a->link == NULL)
		return;
	s = &a->seat[worker];
	drop(&s->near);
	if (s->worker->pid != 0)
		hand_over(s);
	else
		drop(&s->far);
}

void
signers_again(struct signers *a, unsigned worker)
{
	struct signer_seat *s;

	if (a->link == NULL)
		return;
	s = &a->seat[worker];
	/* A worker is less trusted than we: once a time is enough. */
	if (ev_is_active(&s->later))
		return;
	ev_timer_set(&s->later, throttle_wait(&s->throttle,
	    ev_now(a->loop)), 0.);
	ev_timer_start(a->loop, &s->later);
}

void
signers_hand_over(struct signers *a)
{
	for (size_t i = 0; i < a->n; i++)
		hand_over(&a->seat[i]);
}

void
signers_leave(const struct signers *a, const struct proc *mine)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct signer_seat *s = &a->seat[i];

		if (s->near != -1 && s->worker != mine)
			close(s->near);
		if (s->far != -1)
			close(s->far);
	}
}
