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
same(const struct key_frame *said, struct key_frame *again)
{
	assert(!again->bad && again->word == said->word);
	assert(again->len == said->len);
	assert(memcmp(again->body, said->body, said->len) == 0);
	key_frame_clear(again);
}

static void
try_reading(struct key_frame *f)
{
	struct key_reading r = { .excuse = PEM_NO_EXCUSE };
	struct key_frame again = { .fd = -1 };
	uint32_t id;

	if (key_get_reading(f, &id, &r) != 0) {
		assert(r.pem.n == 0 && r.pem.cert == NULL);
		return;
	}
	assert(r.pem.n >= 1 && r.pem.n <= KEYRING_CHAIN);
	key_put_reading(&again, id, &r);
	key_reading_clear(&r);
	same(f, &again);
}

static void
try_refused(struct key_frame *f)
{
	struct key_frame again = { .fd = -1 };
	enum pem_excuse excuse;
	struct err e;
	uint32_t id;

	if (key_get_refused(f, &id, &excuse, &e) != 0)
		return;
	/* A sentence that is too long is cut. */
	if (strlen(e.text) == sizeof e.text - 1)
		return;
	key_put_refused(&again, id, excuse, &e);
	same(f, &again);
}

static void
try_read(struct key_frame *f)
{
	struct key_frame again = { .fd = -1 };
	struct key_read_message m;

	if (key_get_read(f, &m) != 0)
		return;
	key_put_read(&again, &m);
	same(f, &again);
}

static void
try_signer(struct key_frame *f)
{
	struct key_frame again = { .fd = -1 };
	struct key_signer_message m;

	f->fd = STDERR_FILENO;
	if (key_get_signer(f, &m) != 0)
		return;
	key_put_signer(&again, &m);
	same(f, &again);
}

static void
try_short(struct key_frame *f)
{
	enum log_part part;
	uint32_t id;

	if (f->word == KEY_WORD_DROP) {
		assert(key_get_drop(f, &id) == (f->len == 4 ? 0 : -1));
		return;
	}
	f->fd = STDERR_FILENO;
	assert(key_get_log(f, &part) == (f->len == 1 &&
	    f->body[0] <= LOG_PART_SYSLOG ? 0 : -1));
}

static void
try_all(struct key_frame *f)
{
	switch ((enum key_word)f->word) {
	case KEY_WORD_READ:
		try_read(f);
		break;
	case KEY_WORD_SIGNER:
		try_signer(f);
		break;
	case KEY_WORD_DROP:
	case KEY_WORD_LOG:
		try_short(f);
		break;
	case KEY_WORD_READING:
		try_reading(f);
		break;
	case KEY_WORD_REFUSED:
		try_refused(f);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key_frame f = { .fd = -1 };
	int pair[2], r = os_stream(pair);

	assert(r == 0);
	/* More than fits would have to wait for us. */
	if (send(pair[0], data, size, MSG_DONTWAIT) == (ssize_t)size) {
		close(pair[0]);
		while (key_frame_receive(pair[1], &f) == 1)
			try_all(&f);
	} else
		close(pair[0]);
	close(pair[1]);
	key_frame_clear(&f);
	return 0;
}
