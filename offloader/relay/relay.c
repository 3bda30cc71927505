/*
 * relay.c - two flows that make a connection: up to the backend, down to the
 * client.
 */
#include <assert.h>

#include "relay/relay.h"

/* ------------------------------------------------- flows ----------------- */

/* A sink that refuses ends only its own direction: it may still send. */
static void
hand_over(struct flow *f, const void *bytes, size_t len)
{
	if (f->to->ops->write(f->to, bytes, len) == IO_ERROR)
		f->state = FLOW_REFUSED;
	else
		f->total += len;
}

static size_t
next_read_size(const struct flow *f, size_t room)
{
	const struct side_ops *to = f->to->ops;
	size_t n = f->read_size;

	if (n <= FLOW_LEAST ||
	    (to->has_room != NULL && !to->has_room(f->to)))
		n = FLOW_LEAST;
	return n < room ? n : room;
}

/* After a read of n bytes, of at most so many, which the sink has got. */
static void
adapt_read_size(struct flow *f, size_t n, size_t most, size_t room)
{
	if (f->to->behind)
		f->read_size = FLOW_LEAST;
	else if (n == most && most < room)
		f->read_size = 2 * most;
}

static enum flow_result
move_bytes(struct flow *f, struct scratch *s, size_t lead)
{
	size_t n = 0, most = 0, room = s->size - lead;
	enum io io = IO_WAIT;

	if (f->from->holds || f->from->ready & SIDE_READ) {
		most = next_read_size(f, room);
		io = f->from->ops->read(f->from, s->bytes + lead, most, &n);
	}
	assert(n <= most);	/* a side read more than there is */
	if (io == IO_ERROR)
		return FLOW_CUT;
	if (io == IO_EOF)
		f->state = FLOW_ENDING;
	if (lead + n == 0)
		return io == IO_WAIT ? FLOW_WAITS : FLOW_MOVED;
	hand_over(f, s->bytes, lead + n);
	adapt_read_size(f, n, most, room);
	return FLOW_MOVED;
}

static enum flow_result
finish_sink(struct flow *f)
{
	f->state = f->to->ops->finish(f->to) == IO_OK ? FLOW_CLOSED :
	    FLOW_REFUSED;
	return FLOW_MOVED;
}

enum flow_result
flow_step(struct flow *f, struct scratch *s)
{
	if (f->to->behind)
		return FLOW_WAITS;
	switch (f->state) {
	case FLOW_OPEN:		return move_bytes(f, s, 0);
	case FLOW_ENDING:	return finish_sink(f);
	case FLOW_CLOSED:
	case FLOW_REFUSED:	break;
	}
	return FLOW_WAITS;
}

enum flow_result
flow_first(struct flow *f, struct scratch *s, size_t lead)
{
	assert(f->state == FLOW_OPEN && f->total == 0 && lead < s->size);
	return move_bytes(f, s, lead);
}

/* ------------------------------------------------- the relay ------------- */

void
relay_init(struct relay *r, struct side *client, struct side *backend)
{
	*r = (struct relay){
		.up = { .from = client, .to = backend },
		.down = { .from = backend, .to = client }
	};
}

/* What waits for the sink goes first. A sink that refuses is no sink. */
static void
catch_up(struct flow *f)
{
	if (f->to->behind && f->to->ready & SIDE_WRITE &&
	    f->to->ops->flush(f->to) == IO_ERROR) {
		f->to->behind = false;
		f->state = FLOW_REFUSED;
	}
}

static bool
step(struct relay *r, struct flow *f, struct scratch *s)
{
	catch_up(f);
	switch (flow_step(f, s)) {
	case FLOW_MOVED:
	case FLOW_WAITS:
		return true;
	case FLOW_CUT:
		break;
	}
	r->broken = f->from;
	return false;
}

static bool
settled(const struct flow *f)
{
	return flow_done(f) && !f->to->behind;
}

/* Bytes inside a side cause no event: the caller must run the relay again. */
static bool
needs_run(const struct flow *f)
{
	return !f->to->behind && (f->state == FLOW_ENDING ||
	    (f->state == FLOW_OPEN && f->from->holds));
}

enum relay_result
relay_run(struct relay *r, struct scratch *s)
{
	uint64_t up = r->up.total, down = r->down.total;
	bool good = step(r, &r->up, s) && step(r, &r->down, s);

	/* An end that was just read is passed on in the same run. */
	if (good && r->up.state == FLOW_ENDING)
		good = step(r, &r->up, s);
	if (good && r->down.state == FLOW_ENDING)
		good = step(r, &r->down, s);
	r->up.from->ready = r->down.from->ready = 0;
	/* What came down in the same run was sent before the request. */
	if (r->up.total > up || r->down.total > down)
		r->unanswered = r->up.total > up;
	if (!good)
		return RELAY_BROKEN;
	if (settled(&r->up) && settled(&r->down))
		return RELAY_FINISHED;
	if (needs_run(&r->up) || needs_run(&r->down))
		return RELAY_AGAIN;
	return RELAY_WAITS;
}

bool
relay_is_heavy(const struct relay *r)
{
	return r->up.read_size > FLOW_LEAST || r->down.read_size > FLOW_LEAST;
}

unsigned
relay_wants(const struct relay *r, const struct side *s)
{
	const struct flow *out = s == r->up.from ? &r->up : &r->down;
	unsigned wants = 0;

	if (out->state == FLOW_OPEN && !out->to->behind)
		wants |= SIDE_READ;
	if (s->behind)
		wants |= SIDE_WRITE;
	return wants;
}
