/*
 * log_limit.c - says the first few of many like lines, and how many more there
 * were.
 */
#include "log/log.h"
#include "loop/log_limit.h"

#define MINUTE	60.

static void
tell(struct log_limit *h)
{
	if (h->unsaid > 0)
		log_warn("%u more %s in the last minute", h->unsaid, h->what);
	h->said = h->unsaid = 0;
}

static void
on_minute(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	tell(t->data);
}

void
log_limit_init(struct log_limit *h, struct ev_loop *loop, const char *what,
    unsigned most)
{
	*h = (struct log_limit){ .loop = loop, .what = what, .most = most };
	ev_timer_init(&h->minute, on_minute, MINUTE, 0.);
	h->minute.data = h;
}

bool
log_limit_allow(struct log_limit *h)
{
	if (h->most == 0)
		return true;
	if (!ev_is_active(&h->minute)) {
		ev_timer_set(&h->minute, MINUTE, 0.);
		ev_timer_start(h->loop, &h->minute);
	}
	if (h->said < h->most) {
		h->said++;
		return true;
	}
	h->unsaid++;
	return false;
}

void
log_limit_stop(struct log_limit *h)
{
	ev_timer_stop(h->loop, &h->minute);
	tell(h);
}
