/*
 * fuzz_message.c - no bytes on the channel between the master and the
 * keyguard harm either, and what is taken is what was said.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/os.h"
#include "keyguard/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* There is one way to say it: said again it is the same. */
static void
same(const struct frame *said, struct frame *again)
{
	assert(!again->bad && again->type == said->type);
	assert(again->len == said->len);
	assert(memcmp(again->body, said->body, said->len) == 0);
	frame_clear(again);
}

static void
try_reading(struct frame *f)
{
	struct key_reading r = { .skip_reason = PEM_NOT_SKIPPED };
	struct frame again = { .fd = -1 };
	uint32_t id;

	if (message_get_reading(f, &id, &r) != 0) {
		assert(r.pem.n == 0 && r.pem.cert == NULL);
		return;
	}
	assert(r.pem.n >= 1 && r.pem.n <= KEYRING_CHAIN);
	message_put_reading(&again, id, &r);
	key_reading_clear(&r);
	same(f, &again);
}

static void
try_refused(struct frame *f)
{
	struct frame again = { .fd = -1 };
	enum pem_skip_reason skip_reason;
	struct err e;
	uint32_t id;

	if (message_get_refused(f, &id, &skip_reason, &e) != 0)
		return;
	/* A sentence that is too long is cut. */
	if (strlen(e.text) == sizeof e.text - 1)
		return;
	message_put_refused(&again, id, skip_reason, &e);
	same(f, &again);
}

static void
try_read(struct frame *f)
{
	struct frame again = { .fd = -1 };
	struct read_message m;

	if (message_get_read(f, &m) != 0)
		return;
	message_put_read(&again, &m);
	same(f, &again);
}

static void
try_signer(struct frame *f)
{
	struct frame again = { .fd = -1 };
	struct signer_message m;

	f->fd = STDERR_FILENO;
	if (message_get_signer(f, &m) != 0)
		return;
	message_put_signer(&again, &m);
	same(f, &again);
}

static void
try_short(struct frame *f)
{
	enum log_part part;
	uint32_t id;

	if (f->type == MESSAGE_DROP) {
		assert(message_get_drop(f, &id) == (f->len == 4 ? 0 : -1));
		return;
	}
	f->fd = STDERR_FILENO;
	assert(message_get_log(f, &part) == (f->len == 1 &&
	    f->body[0] <= LOG_PART_SYSLOG ? 0 : -1));
}

static void
try_all(struct frame *f)
{
	switch ((enum message)f->type) {
	case MESSAGE_READ:
		try_read(f);
		break;
	case MESSAGE_SIGNER:
		try_signer(f);
		break;
	case MESSAGE_DROP:
	case MESSAGE_LOG:
		try_short(f);
		break;
	case MESSAGE_READING:
		try_reading(f);
		break;
	case MESSAGE_REFUSED:
		try_refused(f);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f = { .fd = -1 };
	int pair[2], r = os_stream(pair);

	assert(r == 0);
	/* More than fits would have to wait for us. */
	if (send(pair[0], data, size, MSG_DONTWAIT) == (ssize_t)size) {
		close(pair[0]);
		while (frame_receive(pair[1], &f) == 1)
			try_all(&f);
	} else
		close(pair[0]);
	close(pair[1]);
	frame_clear(&f);
	return 0;
}
