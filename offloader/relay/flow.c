/*
 * flow.c - bytes on their way from one side of a connection to the other.
 */
#include <assert.h>

#include "relay/flow.h"

/* A sink that refuses ends only its own direction: it may still speak. */
static enum flow_result
hand_over(struct flow *f, const void *bytes, size_t len)
{
	if (f->to->ops->write(f->to, bytes, len) == IO_ERROR)
		f->state = FLOW_REFUSED;
	else
		f->total += len;
	return FLOW_MOVED;
}

static enum flow_result
fill(struct flow *f, struct scratch *s, size_t lead)
{
	size_t n = 0;
	enum io io;

	if (!f->from->holds && !(f->from->ready & SIDE_READ))
		io = IO_WAIT;
	else
		io = f->from->ops->read(f->from, s->bytes + lead,
		    s->size - lead, &n);
	assert(n <= s->size - lead);	/* a side read more than there is */
	if (io == IO_ERROR)
		return FLOW_CUT;
	if (io == IO_EOF)
		f->state = FLOW_ENDING;
	if (lead + n > 0)
		return hand_over(f, s->bytes, lead + n);
	return io == IO_WAIT ? FLOW_WAITS : FLOW_MOVED;
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
