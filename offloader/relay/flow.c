/*
 * flow.c - bytes on their way from one side of a connection to the other.
 */
#include <assert.h>

#include "relay/flow.h"

/* A sink that refuses ends only its own direction: it may still speak. */
static void
hand_over(struct flow *f, const void *bytes, size_t len)
{
	if (f->to->ops->write(f->to, bytes, len) == IO_ERROR)
		f->state = FLOW_REFUSED;
	else
		f->total += len;
}

static size_t
appetite(const struct flow *f, size_t room)
{
	const struct side_ops *to = f->to->ops;
	size_t n = f->reach;

	if (n <= FLOW_LEAST ||
	    (to->has_room != NULL && !to->has_room(f->to)))
		n = FLOW_LEAST;
	return n < room ? n : room;
}

/* After a read of n bytes, of at most so many, which the sink has got. */
static void
learn(struct flow *f, size_t n, size_t most, size_t room)
{
	if (f->to->behind)
		f->reach = FLOW_LEAST;
	else if (n == most && most < room)
		f->reach = 2 * most;
}

static enum flow_result
fill(struct flow *f, struct scratch *s, size_t lead)
{
	size_t n = 0, most = 0, room = s->size - lead;
	enum io io = IO_WAIT;

	if (f->from->holds || f->from->ready & SIDE_READ) {
		most = appetite(f, room);
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
	learn(f, n, most, room);
	return FLOW_MOVED;
}

static enum flow_result
finish(struct flow *f)
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
	case FLOW_OPEN:		return fill(f, s, 0);
	case FLOW_ENDING:	return finish(f);
	case FLOW_CLOSED:
	case FLOW_REFUSED:	break;
	}
	return FLOW_WAITS;
}

enum flow_result
flow_first(struct flow *f, struct scratch *s, size_t lead)
{
	assert(f->state == FLOW_OPEN && f->total == 0 && lead < s->size);
	return fill(f, s, lead);
}
