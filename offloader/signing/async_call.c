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
arrive(struct key_call *c)
{
	__sanitizer_start_switch_fiber(&c->away.fake, c->here.bottom,
	    c->here.size);
	__sanitizer_finish_switch_fiber(c->here.fake, &c->away.bottom,
	    &c->away.size);
}

UNWATCHED static void
arrive_back(struct key_call *c)
{
	/* With NULL the frames of a stack that is done with are forgotten. */
	__sanitizer_start_switch_fiber(c->job != NULL ? &c->here.fake : NULL,
	    c->away.bottom, c->away.size);
	__sanitizer_finish_switch_fiber(c->away.fake, NULL, NULL);
}

UNWATCHED static int
enter(void *copy)
{
	struct key_call *c = *(struct key_call **)copy;
	char *top = __builtin_frame_address(0);

	c->here = (struct key_stack){ .bottom = top - STACK / 2,
	    .size = STACK / 2 };
	arrive(c);
	return c->call(c->arg);
}

UNWATCHED static int
start(struct key_call *c, int *result)
{
	int how = ASYNC_start_job(&c->job, c->wait_ctx, result, enter, &c,
	    sizeof c);

	if (how == ASYNC_FINISH || how == ASYNC_PAUSE)
		arrive_back(c);
	return how;
}

UNWATCHED static void
leave(struct key_call *c)
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
get_ready(struct key_call *c)
{
	if (c->wait_ctx == NULL && (c->wait_ctx = ASYNC_WAIT_CTX_new()) != NULL)
		ASYNC_WAIT_CTX_set_callback(c->wait_ctx, mark, c);
	return c->wait_ctx != NULL;
}

static bool
is_pending(const struct key_wait *w)
{
	return w != NULL &&
	    (w->state == KEY_WAIT_LINE || w->state == KEY_WAIT_SENT);
}

static void
one_more(struct key_desk *d)
{
	d->busy = true;
	if (++d->calls > d->most)
		d->most = d->calls;
}

static enum key_call_result
run(struct key_call *c, int *result)
{
	bool begun = c->job != NULL;

	switch (start(c, result)) {
	case ASYNC_FINISH:
		if (begun)
			c->desk->calls--;
		return KEY_CALL_DONE;
	case ASYNC_PAUSE:
		if (!begun)
			one_more(c->desk);
		return KEY_CALL_WAITS;
	}
	ERR_clear_error();
	return KEY_CALL_NO_MEMORY;
}

enum key_call_result
key_call_run(struct key_call *c, int (*call)(void *), void *arg, int *result)
{
	if (c->desk == NULL) {
		*result = call(arg);
		return KEY_CALL_DONE;
	}
	if (is_pending(c->wait))
		return KEY_CALL_WAITS;
	if (!get_ready(c))
		return KEY_CALL_NO_MEMORY;
	c->call = call;
	c->arg = arg;
	return run(c, result);
}

bool
key_call_waits(const struct key_call *c)
{
	return c->job != NULL;
}

void
key_call_end(struct key_call *c)
{
	int result;

	c->given_up = true;
	if (c->wait != NULL)
		key_desk_give_up(c->desk, c->wait);
	while (c->job != NULL && run(c, &result) == KEY_CALL_WAITS)
		;
	ASYNC_WAIT_CTX_free(c->wait_ctx);
	c->wait_ctx = NULL;
}

/* ------------------------------------------------- within -------------- */

static struct key_call *
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
on_answered(struct key_wait *w)
{
	struct key_call *c = w->owner;

	c->answered(c);
}

static bool
on_is_gone(struct key_wait *w)
{
	struct key_call *c = w->owner;

	return c->is_gone(c);
}

const struct key_reply *
key_call_sign(struct key_wait *w, enum key_use use)
{
	struct key_call *c = current();

	if (c == NULL)
		return NULL;
	c->last = w->state = KEY_WAIT_IDLE;
	if (!key_check(&w->ask, use)) {
		if (c->desk->tally != NULL)
			tally_add(c->desk->tally, BOARD_KEY_REFUSED, 1);
		return NULL;
	}
	w->owner = c;
	w->answered = on_answered;
	w->is_gone = c->is_gone != NULL ? on_is_gone : NULL;
	if (!c->given_up)
		key_desk_ask(c->desk, w);
	c->wait = w;
	while (is_pending(w))
		leave(c);
	c->wait = NULL;
	c->last = w->state;
	return w->state == KEY_WAIT_SIGNED ? &w->reply : NULL;
}

bool
key_call_rest(struct key_desk *d)
{
	bool quiet = d->calls == 0 && !d->busy;

	d->busy = false;
	if (!quiet || d->most <= SPARE_STACKS)
		return false;
	d->most = 0;
	ASYNC_cleanup_thread();
	return true;
}
