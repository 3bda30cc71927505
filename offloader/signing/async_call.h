/*
 * async_call.h - a call in which a signature may have to be waited for.
 *
 * OpenSSL asks for it deep inside SSL_do_handshake(), and takes no "later" for
 * an answer. So the call runs on a stack of its own (OpenSSL's ASYNC), which
 * is left while the signer works and entered again when the reply has come.
 */
#ifndef OFFLOADER_ASYNC_CALL_H
#define OFFLOADER_ASYNC_CALL_H

#include <stdbool.h>

#include <openssl/async.h>

#include "signing/sign_policy.h"
#include "signing/sign_queue.h"

/* Of one stack, for a sanitizer. */
struct async_stack {
	void *fake;
	const void *bottom;
	size_t size;
};

struct async_call {
	struct sign_queue *queue;	/* borrowed; NULL: no signer */
	void (*answered)(struct async_call *);	/* run it again, later */
	bool (*is_gone)(struct async_call *);	/* its client; NULL: no */
	enum sign_wait_state last;	/* what came of the last request */

	int (*call)(void *);		/* private, as all that follows */
	void *arg;
	bool given_up;
	ASYNC_JOB *job;			/* NULL: it does not run */
	ASYNC_WAIT_CTX *wait_ctx;
	struct sign_wait *wait;		/* on the call's stack; or NULL */
	struct async_stack here, away;
};

enum async_call_result {
	ASYNC_CALL_DONE,
	ASYNC_CALL_WAITS,			/* until answered */
	ASYNC_CALL_NO_MEMORY
};

/*
 * Calls, or goes on with the call that waits. Its result is in *result when it
 * is done.
 */
enum async_call_result async_call_run(struct async_call *, int (*)(void *),
    void *, int *result);

/* Whether it is in the middle of a call. */
bool async_call_waits(const struct async_call *);

/*
 * Ends a call that waits: it is told that there will be no signature, and
 * returns. What it uses may be freed afterwards, and not before.
 */
void async_call_end(struct async_call *);

/*
 * Within a call: requests a signature with a key of this kind. NULL: it failed,
 * or this is not within a call. The reply is in the request's memory. A request
 * that the signer would refuse is not sent: it would end all handshakes of the
 * signer instead of one here.
 */
const struct sign_reply *async_call_sign(struct sign_wait *, enum key_type);

/*
 * To be called now and then. If none has begun since the last time, and none is
 * under way, the stacks are given back where there had been many: true.
 */
bool async_call_rest(struct sign_queue *);

#endif
