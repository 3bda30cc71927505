/*
 * log_limit.c - limits the rate of a kind of log lines.
 */
#include "log/log.h"
#include "loop/log_limit.h"

#define MINUTE	60.

static void
end_minute(struct log_limit *h)
{
	if (h->dropped > 0)
		log_warn("%u more %s in the last minute", h->dropped, h->what);
	h->logged = h->dropped = 0;
}

static void
on_minute(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	end_minute(t->data);
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
	if (h->logged < h->most) {
		h->logged++;
		return true;
	}
	h->dropped++;
	return false;
}

void
log_limit_stop(struct log_limit *h)
{
	ev_timer_stop(h->loop, &h->minute);
	end_minute(h);
}
