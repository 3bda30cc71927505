/*
 * sign_queue.c - a worker's end of the channel to its signer.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signing/sign_queue.h"

void
key_desk_init(struct key_desk *d, int channel, struct tally *tally)
{
	*d = (struct key_desk){ .channel = channel, .tally = tally };
	TAILQ_INIT(&d->line);
}

static void
count(struct key_desk *d, enum board_cell what)
{
	if (d->tally != NULL)
		tally_add(d->tally, what, 1);
}

static void
end_wait(struct key_desk *d, struct key_wait *w, enum key_wait_state how)
{
	if (how != KEY_WAIT_GONE)
		count(d, how == KEY_WAIT_SIGNED ? BOARD_KEY_OK :
		    how == KEY_WAIT_FAILED ? BOARD_KEY_FAILED :
		    BOARD_KEY_LOST);
	w->state = how;
	w->answered(w);
}

/* The one that was sent first; NULL: its asker gave it up. */
static struct key_wait *
take_first(struct key_desk *d)
{
	struct key_wait *w = d->sent[d->first];

	d->sent[d->first] = NULL;
	d->first = (d->first + 1) % KEY_DESK_FLIGHT;
	d->flying--;
	return w;
}

static struct key_wait *
leave_line(struct key_desk *d)
{
	struct key_wait *w = TAILQ_FIRST(&d->line);

	if (w != NULL)
		TAILQ_REMOVE(&d->line, w, entry);
	return w;
}

static void
lose(struct key_desk *d)
{
	struct key_wait *w;

	if (d->channel != -1)
		close(d->channel);
	d->channel = -1;
	while (d->flying > 0)
		if ((w = take_first(d)) != NULL)
			end_wait(d, w, KEY_WAIT_LOST);
	while ((w = leave_line(d)) != NULL)
		end_wait(d, w, KEY_WAIT_LOST);
}

void
key_desk_clear(struct key_desk *d)
{
	if (d->channel != -1)
		close(d->channel);
	d->channel = -1;
}

void
key_desk_open(struct key_desk *d, int channel)
{
	lose(d);
	d->channel = channel;
}

/* False: the channel would not take it. */
static bool
send_one(struct key_desk *d, struct key_wait *w)
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
	w->state = KEY_WAIT_SENT;
	d->sent[(d->first + d->flying++) % KEY_DESK_FLIGHT] = w;
	return true;
}

/* P-256 and Ed25519 are signed with in a tenth of the time. */
static bool
is_slow(const struct key_ask *a)
{
	return a->algorithm == KEY_RSA_PSS || a->algorithm == KEY_RSA_PKCS1 ||
	    (a->algorithm == KEY_ECDSA && a->hash > KEY_SHA256);
}

static bool
has_room(const struct key_desk *d, const struct key_wait *w)
{
	return d->flying < (is_slow(&w->ask) ? KEY_DESK_SLOW : KEY_DESK_FLIGHT);
}

/*
 * What is refused stays in line: for want of room, then a reply makes some; or
 * because the signer is gone, then the loop is about to find that out.
 */
static void
send_line(struct key_desk *d)
{
	struct key_wait *w;

	while ((w = TAILQ_FIRST(&d->line)) != NULL && has_room(d, w)) {
		leave_line(d);
		if (w->is_gone != NULL && w->is_gone(w))
			end_wait(d, w, KEY_WAIT_GONE);
		else if (!send_one(d, w)) {
			TAILQ_INSERT_HEAD(&d->line, w, entry);
			return;
		}
	}
}

void
key_desk_ask(struct key_desk *d, struct key_wait *w)
{
	if (d->channel == -1) {
		w->state = KEY_WAIT_LOST;
		count(d, BOARD_KEY_LOST);
		return;
	}
	if (TAILQ_EMPTY(&d->line) && has_room(d, w) && send_one(d, w))
		return;
	w->state = KEY_WAIT_LINE;
	TAILQ_INSERT_TAIL(&d->line, w, entry);
}

void
key_desk_give_up(struct key_desk *d, struct key_wait *w)
{
	if (w->state == KEY_WAIT_LINE)
		TAILQ_REMOVE(&d->line, w, entry);
	for (int i = 0; i < KEY_DESK_FLIGHT; i++)
		if (d->sent[i] == w)
			d->sent[i] = NULL;
	w->state = KEY_WAIT_IDLE;
}

/* Whether this is the answer to what was sent first. */
static bool
fits(const struct key_desk *d, const struct key_reply *r)
{
	if (d->flying == 0 || r->number != d->number - d->flying)
		return false;
	if (r->result == KEY_FAILED)
		return r->len == 0;
	return r->result == KEY_SIGNED && r->len > 0 &&
	    r->len <= sizeof r->signature;
}

static void
take(struct key_desk *d, const struct key_reply *r)
{
	struct key_wait *w = take_first(d);

	if (w == NULL)
		return;
	w->reply = *r;
	end_wait(d, w, r->result == KEY_SIGNED ? KEY_WAIT_SIGNED :
	    KEY_WAIT_FAILED);
}

bool
key_desk_receive(struct key_desk *d)
{
	struct key_reply r;
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
		take(d, &r);
		send_line(d);
	} while (d->flying > 0);
	send_line(d);
	return true;
}
