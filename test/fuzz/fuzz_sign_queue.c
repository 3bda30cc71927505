/*
 * fuzz_sign_queue.c - no signer, however mad, does harm to a worker.
 *
 * Each byte is something that happens; a message of the signer has its length
 * and its bytes behind it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signing/sign_queue.h"

#define ASKERS	(2 * SIGN_QUEUE_FLIGHT)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum happening { ASK, GIVE_UP, SIGN, SAY, RECEIVE, LEAVE, RENEW, HAPPENINGS };

struct scene {
	struct sign_queue queue;
	int signer;
	struct sign_wait wait[ASKERS];
	bool waits[ASKERS];		/* for a callback */
};

static void
on_answered(struct sign_wait *w)
{
	struct scene *s = w->owner;
	bool *waits = &s->waits[w - s->wait];

	assert(*waits);
	*waits = false;
	assert(w->state == SIGN_WAIT_SIGNED || w->state == SIGN_WAIT_FAILED ||
	    w->state == SIGN_WAIT_LOST);
	if (w->state == SIGN_WAIT_SIGNED)
		assert(w->reply.len > 0 && w->reply.len <= KEY_SIGNATURE);
}

static int
open_pair(struct scene *s)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd) != 0)
		abort();
	s->signer = fd[1];
	return fd[0];
}

static void
ask(struct scene *s, unsigned who)
{
	struct sign_wait *w = &s->wait[who];

	if (s->waits[who])
		return;
	*w = (struct sign_wait){ .owner = s, .answered = on_answered };
	sign_queue_ask(&s->queue, w);
	s->waits[who] = w->state != SIGN_WAIT_LOST;
}

/* A good reply to the next request, if there is one. */
static void
sign(struct scene *s)
{
	struct sign_reply r = { .len = 7 };
	struct sign_request a;

	if (recv(s->signer, &a, sizeof a, 0) != sizeof a)
		return;
	r.number = a.number;
	(void)send(s->signer, &r, sizeof r, MSG_NOSIGNAL);
}

/* Whole if its length is 0. */
static size_t
say(struct scene *s, const uint8_t *data, size_t left)
{
	uint8_t bytes[sizeof(struct sign_reply) + 8] = { 0 };
	size_t len = left > 0 ? data[0] : 0, n = len;

	if (len == 0) {
		n = sizeof(struct sign_reply);
		len = 12;
	} else if (len == 255)
		n = sizeof bytes;
	if (left > 0)
		memcpy(bytes, data + 1, left - 1 < len ? left - 1 : len);
	(void)send(s->signer, bytes, n, MSG_NOSIGNAL);
	return left < len + 1 ? left : len + 1;
}

static void
check(const struct scene *s)
{
	unsigned line = 0, sent = 0;
	const struct sign_wait *w;

	TAILQ_FOREACH(w, &s->queue.line, entry) {
		assert(w->state == SIGN_WAIT_LINE);
		line++;
	}
	for (int i = 0; i < SIGN_QUEUE_FLIGHT; i++)
		if (s->queue.sent[i] != NULL) {
			assert(s->queue.sent[i]->state == SIGN_WAIT_SENT);
			sent++;
		}
	assert(sent <= s->queue.flying && s->queue.flying <= SIGN_QUEUE_FLIGHT);
	for (int i = 0; i < ASKERS; i++) {
		bool waits = s->wait[i].state == SIGN_WAIT_LINE ||
		    s->wait[i].state == SIGN_WAIT_SENT;

		assert(waits == s->waits[i]);
		line -= s->wait[i].state == SIGN_WAIT_LINE;
		sent -= s->wait[i].state == SIGN_WAIT_SENT;
	}
	assert(line == 0 && sent == 0);
	if (s->queue.channel == -1)
		assert(s->queue.flying == 0 && TAILQ_EMPTY(&s->queue.line));
}

static void
happen(struct scene *s, enum happening what, unsigned who)
{
	switch (what) {
	case ASK:
		ask(s, who);
		break;
	case GIVE_UP:
		sign_queue_give_up(&s->queue, &s->wait[who]);
		s->waits[who] = false;
		break;
	case SIGN:
		sign(s);
		break;
	case RECEIVE:
		if (s->queue.channel != -1)
			(void)sign_queue_receive(&s->queue);
		break;
	case LEAVE:
		close(s->signer);
		s->signer = -1;
		break;
	case RENEW:
		if (s->signer != -1)
			close(s->signer);
		sign_queue_open(&s->queue, open_pair(s));
		break;
	case SAY:
	case HAPPENINGS:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct scene s;
	unsigned who = 0;

	memset(&s, 0, sizeof s);
	sign_queue_init(&s.queue, open_pair(&s), NULL);
	while (len > 0) {
		enum happening what = data[0] % HAPPENINGS;
		size_t n = 1;

		if (what == SAY)
			n += say(&s, data + 1, len - 1);
		else
			happen(&s, what, what == ASK ? who++ % ASKERS :
			    data[0] / HAPPENINGS % ASKERS);
		check(&s);
		data += n;
		len -= n;
	}
	for (unsigned i = 0; i < ASKERS; i++)
		happen(&s, GIVE_UP, i);
	check(&s);
	sign_queue_clear(&s.queue);
	if (s.signer != -1)
		close(s.signer);
	return 0;
}
