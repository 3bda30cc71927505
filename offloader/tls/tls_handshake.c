/*
 * tls_handshake.c - a TLS session until its handshake is done.
 */
#include <errno.h>
#include <sys/socket.h>

#include "base/os_socket.h"
#include "tls/tls_side.h"

#define HANDSHAKE_READ	(16 * 1024) /* a longer flight comes in two passes */

static bool
make_session(struct tls_side *t, const struct site *site)
{
	BIO *bio = tls_bio_new(&t->bio);

	if (bio == NULL)
		return false;
	if ((t->ssl = site_open(site, &t->choice)) == NULL) {
		BIO_free(bio);
		return false;
	}
	SSL_set_bio(t->ssl, bio, bio);
	return true;
}

/* Bytes to be there before the session: what is no hello may go at once. */
static size_t
first_record(const uint8_t *in, size_t n)
{
	if (in[0] != SSL3_RT_HANDSHAKE)
		return 1;
	return n < SSL3_RT_HEADER_LENGTH ? SSL3_RT_HEADER_LENGTH :
	    SSL3_RT_HEADER_LENGTH + (size_t)(in[3] << 8 | in[4]);
}

/*
 * A session costs some 45 KB, and a hello in bits none of it: the kernel keeps
 * them, and wakes us when there are enough. It does so earlier if no more can
 * come; then what there is has to do, or the loop would spin.
 */
static enum io
await_hello(struct tls_side *t)
{
	uint8_t *in = t->bio.buffers->in;
	size_t record;
	ssize_t n;

	do
		n = recv(t->side.fd, in, HANDSHAKE_READ, MSG_PEEK);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return IO_WAIT;
	if (n == -1)
		return tls_fail(t, TLS_RESET);	/* reported only once */
	if (n == 0 || n < t->low_water)
		return IO_OK;
	record = first_record(in, (size_t)n);
	if ((size_t)n >= record || record > HANDSHAKE_READ)
		return IO_OK;
	t->low_water = (int)record;
	os_socket_least(t->side.fd, t->low_water);
	return IO_WAIT;
}

static enum io
receive_hello(struct tls_side *t, const struct site *site)
{
	enum io io;

	if (t->low_water > 0)
		os_socket_least(t->side.fd, 1);
	tls_bio_begin(&t->bio, HANDSHAKE_READ);
	io = tls_bio_receive(&t->bio);
	if (io == IO_ERROR)
		tls_fail(t, TLS_RESET);
	if (io == IO_OK && !make_session(t, site))
		io = tls_fail(t, TLS_NO_MEMORY);
	(void)tls_bio_end(&t->bio);
	return io;
}

enum io
tls_side_greet(struct tls_side *t, const struct site *site)
{
	enum io io = await_hello(t);

	return io == IO_OK ? receive_hello(t, site) : io;
}

/* ------------------------------------------------- signed -------------- */

static void
on_answered(struct async_call *c)
{
	struct tls_side *t = (struct tls_side *)((char *)c -
	    offsetof(struct tls_side, call));

	t->signer->answered(t->signer, t);
}

/* Before Finished, a client that wants to be served does not close. */
static bool
is_gone(struct async_call *c)
{
	struct tls_side *t = (struct tls_side *)((char *)c -
	    offsetof(struct tls_side, call));

	return os_socket_ended(t->side.fd);
}

void
tls_side_sign_by(struct tls_side *t, struct tls_signer *signer)
{
	t->signer = signer;
	t->call = (struct async_call){ .queue = signer->queue,
	    .answered = on_answered, .is_gone = is_gone };
}

bool
tls_side_waits_for_signer(const struct tls_side *t)
{
	return async_call_waits(&t->call);
}

static int
shake(void *arg)
{
	struct tls_side *t = arg;

	return SSL_do_handshake(t->ssl);
}

/* IO_OK: done, if ret is 1; else to be tried again. */
static enum io
try_handshake(struct tls_side *t, int *ret)
{
	tls_forget_errors();
	switch (async_call_run(&t->call, shake, t, ret)) {
	case ASYNC_CALL_DONE:
		break;
	case ASYNC_CALL_WAITS:
		return IO_WAIT;
	case ASYNC_CALL_NO_MEMORY:
		return tls_fail(t, TLS_NO_MEMORY);
	}
	if (*ret == 1)
		return IO_OK;
	switch (t->call.last) {
	case SIGN_WAIT_FAILED:
	case SIGN_WAIT_LOST:	return tls_fail(t, TLS_KEYGUARD);
	case SIGN_WAIT_GONE:	return tls_fail(t, TLS_RESET);
	case SIGN_WAIT_IDLE:
	case SIGN_WAIT_LINE:
	case SIGN_WAIT_SENT:
	case SIGN_WAIT_SIGNED:	break;
	}
	return tls_judge(t, *ret);
}

enum io
tls_side_handshake(struct tls_side *t)
{
	enum io io = IO_OK;
	int ret = 0;

	/* Greeting has mostly emptied the socket: a second try is in vain. */
	tls_bio_begin(&t->bio, t->side.ready & SIDE_READ ? HANDSHAKE_READ : 0);
	while (ret != 1 && io == IO_OK)
		io = try_handshake(t, &ret);
	if (ret == 1)
		async_call_end(&t->call);
	/* A ticket and nothing else: the first answer may take it along. */
	t->bio.can_wait = ret == 1 && SSL_version(t->ssl) >= TLS1_3_VERSION;
	if (tls_bio_end(&t->bio) == IO_ERROR && io == IO_OK)
		io = tls_fail(t, TLS_RESET);
	if (io == IO_EOF)
		t->fault = TLS_LEFT;
	t->side.holds = t->bio.pending.len > 0;
	return io;
}
