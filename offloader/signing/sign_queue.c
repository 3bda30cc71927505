/*
 * sign_queue.c - a worker's end of the channel to its signer.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signing/sign_queue.h"

void
sign_queue_init(struct sign_queue *d, int channel, struct counters *counters)
{
	*d = (struct sign_queue){ .channel = channel, .counters = counters };
	TAILQ_INIT(&d->line);
}

static void
count(struct sign_queue *d, enum stats_cell what)
{
	if (d->counters != NULL)
		counters_add(d->counters, what, 1);
}

static void
end_wait(struct sign_queue *d, struct sign_wait *w, enum sign_wait_state how)
{
	if (how != SIGN_WAIT_GONE)
		count(d, how == SIGN_WAIT_SIGNED ? STATS_KEY_OK :
		    how == SIGN_WAIT_FAILED ? STATS_KEY_FAILED :
		    STATS_KEY_LOST);
	w->state = how;
	w->answered(w);
}

/* The one that was sent first; NULL: its asker gave it up. */
static struct sign_wait *
take_first(struct sign_queue *d)
{
	struct sign_wait *w = d->sent[d->first];

	d->sent[d->first] = NULL;
	d->first = (d->first + 1) % SIGN_QUEUE_FLIGHT;
	d->flying--;
	return w;
}

static struct sign_wait *
leave_line(struct sign_queue *d)
{
	struct sign_wait *w = TAILQ_FIRST(&d->line);

	if (w != NULL)
		TAILQ_REMOVE(&d->line, w, entry);
	return w;
}

static void
lose(struct sign_queue *d)
{
	struct sign_wait *w;

	if (d->channel != -1)
		close(d->channel);
	d->channel = -1;
	while (d->flying > 0)
		if ((w = take_first(d)) != NULL)
			end_wait(d, w, SIGN_WAIT_LOST);
	while ((w = leave_line(d)) != NULL)
		end_wait(d, w, SIGN_WAIT_LOST);
}

void
sign_queue_clear(struct sign_queue *d)
{
	if (d->channel != -1)
		close(d->channel);
	d->channel = -1;
}

void
sign_queue_open(struct sign_queue *d, int channel)
{
	lose(d);
	d->channel = channel;
}

/* False: the channel would not take it. */
static bool
send_one(struct sign_queue *d, struct sign_wait *w)
{
	ssize_t n;

	w->ask.number = d->number;
	do
		n = send(d->channel, &w->ask, sizeof w->ask,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return false;
	d->number++;
	w->state = SIGN_WAIT_SENT;
	d->sent[(d->first + d->flying++) % SIGN_QUEUE_FLIGHT] = w;
	return true;
}

/* P-256 and Ed25519 are signed with in a tenth of the time. */
static bool
is_slow(const struct sign_request *a)
{
	return a->algorithm == KEY_RSA_PSS || a->algorithm == KEY_RSA_PKCS1 ||
	    (a->algorithm == KEY_ECDSA && a->hash > KEY_SHA256);
}

static bool
has_room(const struct sign_queue *d, const struct sign_wait *w)
{
	return d->flying < (is_slow(&w->ask) ? SIGN_QUEUE_SLOW :
	    SIGN_QUEUE_FLIGHT);
}

/*
 * A request that cannot be sent stays in line. Either the channel is full, then
 * a reply makes room; or the signer is gone, then the loop will end it.
 */
static void
send_line(struct sign_queue *d)
{
	struct sign_wait *w;

	while ((w = TAILQ_FIRST(&d->line)) != NULL && has_room(d, w)) {
		leave_line(d);
		if (w->is_gone != NULL && w->is_gone(w))
			end_wait(d, w, SIGN_WAIT_GONE);
		else if (!send_one(d, w)) {
			TAILQ_INSERT_HEAD(&d->line, w, entry);
			return;
		}
	}
}

void
sign_queue_ask(struct sign_queue *d, struct sign_wait *w)
{
	if (d->channel == -1) {
		w->state = SIGN_WAIT_LOST;
		count(d, STATS_KEY_LOST);
		return;
	}
	if (TAILQ_EMPTY(&d->line) && has_room(d, w) && send_one(d, w))
		return;
	w->state = SIGN_WAIT_LINE;
	TAILQ_INSERT_TAIL(&d->line, w, entry);
}

void
sign_queue_give_up(struct sign_queue *d, struct sign_wait *w)
{
	if (w->state == SIGN_WAIT_LINE)
		TAILQ_REMOVE(&d->line, w, entry);
	for (int i = 0; i < SIGN_QUEUE_FLIGHT; i++)
		if (d->sent[i] == w)
			d->sent[i] = NULL;
	w->state = SIGN_WAIT_IDLE;
}

/* Whether this is the answer to what was sent first. */
static bool
fits(const struct sign_queue *d, const struct sign_reply *r)
{
	if (d->flying == 0 || r->number != d->number - d->flying)
		return false;
	if (r->result == KEY_FAILED)
		return r->len == 0;
	return r->result == KEY_SIGNED && r->len > 0 &&
	    r->len <= sizeof r->signature;
}

static void
take_reply(struct sign_queue *d, const struct sign_reply *r)
{
	struct sign_wait *w = take_first(d);

	if (w == NULL)
		return;
	w->reply = *r;
	end_wait(d, w, r->result == KEY_SIGNED ? SIGN_WAIT_SIGNED :
	    SIGN_WAIT_FAILED);
}

bool
sign_queue_receive(struct sign_queue *d)
{
	struct sign_reply r;
	ssize_t n;

	do {
		/* With MSG_TRUNC the length is what was sent. */
		n = recv(d->channel, &r, sizeof r, MSG_DONTWAIT | MSG_TRUNC);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n != sizeof r || !fits(d, &r)) {
			lose(d);
			return false;
		}
		take_reply(d, &r);
		send_line(d);
	} while (d->flying > 0);
	send_line(d);
	return true;
}
