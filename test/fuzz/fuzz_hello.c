/*
 * fuzz_hello.c - no first flight of a client does harm.
 *
 * The first byte says what the rest is: the bytes as they are, or the body of
 * a ClientHello, or the extensions of an otherwise good one; and the second, in
 * pieces of which size they come.
 */
#include <assert.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "../unit/pair.h"
#include "../unit/tls_fixture.h"
#include "tls/tls_side.h"

#define RECORD	16384
#define FLIGHT	(4 * RECORD)

enum { AS_IT_IS, HELLO, EXTENSIONS, KINDS };

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* As much as possible depends on it: names, keys, protocols, policies. */
static const char options[] =
    "pem-file = \"@/ed25519.pem\"\n"
    "alpn-protos = \"h2, http/1.1\"\n"
    "client-verify = optional\n"
    "client-verify-ca = \"@/ca.pem\"\n"
    "sni-nomatch-abort = on\n";

static struct tls_fixture *
fixture(void)
{
	static struct tls_fixture s;

	if (s.site == NULL) {
		signal(SIGPIPE, SIG_IGN);
		if (tls_fixture_make(&s, options) != 0)
			abort();
		/* All is read; nobody comes back to tidy up. */
		folder_remove(&s.folder);
	}
	return &s;
}

struct flight {
	uint8_t bytes[FLIGHT];
	size_t len;
};

static void
put(struct flight *f, const void *bytes, size_t len)
{
	assert(len <= sizeof f->bytes - f->len);
	if (len > 0)
		memcpy(f->bytes + f->len, bytes, len);
	f->len += len;
}

static void
put_number(struct flight *f, size_t n, unsigned bytes)
{
	while (bytes-- > 0)
		put(f, (uint8_t[]){ (uint8_t)(n >> (8 * bytes)) }, 1);
}

/* A ClientHello that wants for nothing but its extensions. */
static void
put_body(struct flight *f, const uint8_t *extensions, size_t len)
{
	static const uint8_t head[2 + 32 + 1] = { 3, 3 };
	static const uint8_t ciphers[] = { 0, 4, 0x13, 1, 0xc0, 0x2b, 1, 0 };

	put(f, head, sizeof head);
	put(f, ciphers, sizeof ciphers);
	put_number(f, len, 2);
	put(f, extensions, len);
}

/* What the client sends: messages get their headers, and records theirs. */
static void
compose(struct flight *f, int kind, const uint8_t *data, size_t len)
{
	static struct flight message;
	struct flight *m = &message;

	f->len = m->len = 0;
	if (kind == AS_IT_IS) {
		put(f, data, len < FLIGHT ? len : FLIGHT);
		return;
	}
	len = len < RECORD ? len : RECORD;
	if (kind == EXTENSIONS) {
		put_body(m, data, len);
		data = m->bytes;
		len = m->len;
	}
	for (size_t done = 0; done < len || done == 0;) {
		size_t now = len - done < RECORD - 4 ? len - done : RECORD - 4;

		put(f, (uint8_t[]){ 22, 3, 1 }, 3);
		put_number(f, now + (done == 0 ? 4 : 0), 2);
		if (done == 0) {
			put_number(f, 1, 1);
			put_number(f, len, 3);
		}
		put(f, data + done, now);
		done += now + (len == 0);
	}
}

static enum io
step(struct tls_side *t, const struct tls_fixture *s)
{
	enum io io = IO_OK;

	t->side.ready = SIDE_READ | SIDE_WRITE;
	if (t->side.behind)
		(void)t->side.ops->flush(&t->side);
	if (t->ssl == NULL)
		io = tls_side_greet(t, s->site);
	if (io == IO_OK) {
		io = tls_side_handshake(t);
		/* Nobody can finish what is only begun here. */
		assert(io != IO_OK);
	}
	assert((io == IO_ERROR) == (t->fault != TLS_NO_FAULT &&
	    t->fault != TLS_LEFT));
	assert(t->fault != TLS_NO_MEMORY);
	assert(s->buffers.in_start == s->buffers.in_end && s->buffers.out_len ==
	    0);
	assert(ERR_peek_error() == 0);
	assert(t->bio.pending.len <= RECORD);
	assert(strlen(tls_side_fault(t)) > 0);
	return io;
}

static void
judge(const struct tls_side *t, const struct tls_fixture *s)
{
	const struct site_choice *c = &t->choice;

	if (c->sni != NULL)
		assert(strlen(c->sni) > 0 && strlen(c->sni) <= 255);
	/* Only a client that was sent away has none to be shown. */
	assert((c->refused != NULL) == (c->made && c->cert == NULL));
	assert(c->cert == NULL || c->cert == site_default(s->site) ||
	    strcmp(c->cert->key_alg, "ED256") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct flight f;
	struct tls_fixture *s = fixture();
	struct tls_side t;
	size_t piece, sent = 0;
	enum io io = IO_WAIT;
	int fd[2];

	if (size < 2)
		return 0;
	compose(&f, data[0] % KINDS, data + 2, size - 2);
	piece = data[1] == 0 ? FLIGHT : data[1] * 8u;
	if (!pair_unix(fd, 0))
		abort();
	tls_side_init(&t, &s->buffers, &s->pool, fd[0]);
	while (io == IO_WAIT && sent < f.len) {
		size_t n = f.len - sent < piece ? f.len - sent : piece;
		ssize_t now = write(fd[1], f.bytes + sent, n);

		assert(now > 0);
		sent += (size_t)now;
		io = step(&t, s);
	}
	shutdown(fd[1], SHUT_WR);
	/* What is more than a pass takes is taken in the next. */
	for (int i = 0; io == IO_WAIT; i++) {
		assert(i < FLIGHT / RECORD + 2);
		io = step(&t, s);
	}
	judge(&t, s);
	tls_side_end_session(&t);
	tls_side_clear(&t);
	assert(t.bio.out.first == NULL && t.bio.pending.first == NULL);
	close(fd[0]);
	close(fd[1]);
	return 0;
}
