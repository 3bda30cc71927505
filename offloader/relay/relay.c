/*
 * relay.c - two flows that make a connection: up to the backend, down to the
 * client.
 */
#include "relay/relay.h"

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
	r->dead = f->from;
	return false;
}

static bool
settled(const struct flow *f)
{
	return flow_done(f) && !f->to->behind;
}

/* Bytes inside a side cause no event: the caller must run the relay again. */
static bool
come_back(const struct flow *f)
{
	return !f->to->behind && (f->state == FLOW_ENDING ||
	    (f->state == FLOW_OPEN && f->from->holds));
}

enum relay_result
relay_run(struct relay *r, struct scratch *s)
{
	uint64_t up = r->up.total, down = r->down.total;
	bool good = step(r, &r->up, s) && step(r, &r->down, s);

	/* An end that was just read is passed on in the same turn. */
	if (good && r->up.state == FLOW_ENDING)
		good = step(r, &r->up, s);
	if (good && r->down.state == FLOW_ENDING)
		good = step(r, &r->down, s);
	r->up.from->ready = r->down.from->ready = 0;
	/* What came down in the same run was said before it was asked. */
	if (r->up.total > up || r->down.total > down)
		r->asked = r->up.total > up;
	if (!good)
		return RELAY_BROKEN;
	if (settled(&r->up) && settled(&r->down))
		return RELAY_FINISHED;
	if (come_back(&r->up) || come_back(&r->down))
		return RELAY_AGAIN;
	return RELAY_WAITS;
}

bool
relay_is_heavy(const struct relay *r)
{
	return r->up.reach > FLOW_LEAST || r->down.reach > FLOW_LEAST;
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
