/*
 * async_call.c - a call in which a signature may have to be waited for.
 *
 * We start the jobs ourselves, and libssl never does (SSL_MODE_ASYNC): only so
 * can an address sanitizer be told of each change of stacks. It keeps books of
 * the frames of a stack, and takes those of the other one for left when
 * OpenSSL jumps.
 */
#include <openssl/err.h>

#include "signing/async_call.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#define UNWATCHED	__attribute__((noinline, no_sanitize_address))
#else
#define UNWATCHED
#define __sanitizer_start_switch_fiber(fake, bottom, size)	((void)(fake))
#define __sanitizer_finish_switch_fiber(fake, bottom, size)	((void)(fake))
#endif

/*
 * OpenSSL's, of each job. No handshake was seen to use more than 8 KB of it,
 * and 9 more for a JA4; one that waits costs 13 KB more than one that does not.
 */
#define STACK	32768
#define SPARE_STACKS	4	/* kept while nobody waits */

/* We have come from the other stack: nothing that is watched ran meanwhile. */
UNWATCHED static void
arrive(struct async_call *c)
{
	__sanitizer_start_switch_fiber(&c->away.fake, c->here.bottom,
	    c->here.size);
	__sanitizer_finish_switch_fiber(c->here.fake, &c->away.bottom,
	    &c->away.size);
}

UNWATCHED static void
arrive_back(struct async_call *c)
{
	/* With NULL the frames of a stack that is done with are forgotten. */
	__sanitizer_start_switch_fiber(c->job != NULL ? &c->here.fake : NULL,
	    c->away.bottom, c->away.size);
	__sanitizer_finish_switch_fiber(c->away.fake, NULL, NULL);
}

UNWATCHED static int
enter(void *copy)
{
	struct async_call *c = *(struct async_call **)copy;
	char *top = __builtin_frame_address(0);

	c->here = (struct async_stack){ .bottom = top - STACK / 2,
	    .size = STACK / 2 };
	arrive(c);
	return c->call(c->arg);
}

UNWATCHED static int
start(struct async_call *c, int *result)
{
	int how = ASYNC_start_job(&c->job, c->wait_ctx, result, enter, &c,
	    sizeof c);

	if (how == ASYNC_FINISH || how == ASYNC_PAUSE)
		arrive_back(c);
	return how;
}

UNWATCHED static void
leave_stack(struct async_call *c)
{
	ASYNC_pause_job();
	arrive(c);
}

/* OpenSSL never calls it; by it we know that a job is ours. */
static int
mark(void *arg)
{
	(void)arg;
	return 1;
}

static bool
get_ready(struct async_call *c)
{
	if (c->wait_ctx == NULL && (c->wait_ctx = ASYNC_WAIT_CTX_new()) != NULL)
		ASYNC_WAIT_CTX_set_callback(c->wait_ctx, mark, c);
	return c->wait_ctx != NULL;
}

static bool
is_pending(const struct sign_wait *w)
{
	return w != NULL &&
	    (w->state == SIGN_WAIT_LINE || w->state == SIGN_WAIT_SENT);
}

static void
one_more(struct sign_queue *d)
{
	d->busy = true;
	if (++d->calls > d->most)
		d->most = d->calls;
}

static enum async_call_result
run(struct async_call *c, int *result)
{
	bool begun = c->job != NULL;

	switch (start(c, result)) {
	case ASYNC_FINISH:
		if (begun)
			c->queue->calls--;
		return ASYNC_CALL_DONE;
	case ASYNC_PAUSE:
		if (!begun)
			one_more(c->queue);
		return ASYNC_CALL_WAITS;
	}
	ERR_clear_error();
	return ASYNC_CALL_NO_MEMORY;
}

enum async_call_result
async_call_run(struct async_call *c, int (*call)(void *), void *arg,
    int *result)
{
	if (c->queue == NULL) {
		*result = call(arg);
		return ASYNC_CALL_DONE;
	}
	if (is_pending(c->wait))
		return ASYNC_CALL_WAITS;
	if (!get_ready(c))
		return ASYNC_CALL_NO_MEMORY;
	c->call = call;
	c->arg = arg;
	return run(c, result);
}

bool
async_call_waits(const struct async_call *c)
{
	return c->job != NULL;
}

void
async_call_end(struct async_call *c)
{
	int result;

	c->given_up = true;
	if (c->wait != NULL)
		sign_queue_give_up(c->queue, c->wait);
	while (c->job != NULL && run(c, &result) == ASYNC_CALL_WAITS)
		;
	ASYNC_WAIT_CTX_free(c->wait_ctx);
	c->wait_ctx = NULL;
}

/* ------------------------------------------------- within -------------- */

static struct async_call *
current(void)
{
	ASYNC_JOB *job = ASYNC_get_current_job();
	ASYNC_callback_fn callback = NULL;
	void *arg = NULL;

	if (job == NULL || ASYNC_WAIT_CTX_get_callback(ASYNC_get_wait_ctx(job),
	    &callback, &arg) != 1 || callback != mark)
		return NULL;
	return arg;
}

static void
on_answered(struct sign_wait *w)
{
	struct async_call *c = w->owner;

	c->answered(c);
}

static bool
on_is_gone(struct sign_wait *w)
{
	struct async_call *c = w->owner;

	return c->is_gone(c);
}

const struct sign_reply *
async_call_sign(struct sign_wait *w, enum key_type use)
{
	struct async_call *c = current();

	if (c == NULL)
		return NULL;
	c->last = w->state = SIGN_WAIT_IDLE;
	if (!sign_policy_allows(&w->ask, use)) {
		if (c->queue->counters != NULL)
			counters_add(c->queue->counters, STATS_KEY_REFUSED, 1);
		return NULL;
	}
	w->owner = c;
	w->answered = on_answered;
	w->is_gone = c->is_gone != NULL ? on_is_gone : NULL;
	if (!c->given_up)
		sign_queue_ask(c->queue, w);
	c->wait = w;
	while (is_pending(w))
		leave_stack(c);
	c->wait = NULL;
	c->last = w->state;
	return w->state == SIGN_WAIT_SIGNED ? &w->reply : NULL;
}

bool
async_call_rest(struct sign_queue *d)
{
	bool quiet = d->calls == 0 && !d->busy;

	d->busy = false;
	if (!quiet || d->most <= SPARE_STACKS)
		return false;
	d->most = 0;
	ASYNC_cleanup_thread();
	return true;
}
