/*
 * frame.c - sends, receives and encodes messages of master and keyguard.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/os_channel.h"
#include "keyguard/frame.h"

#define HEAD	5		/* bytes before the body */

/* ------------------------------------------------- put ----------------- */

void
frame_begin(struct frame *f, uint8_t type)
{
	f->type = type;
	f->len = f->at = 0;
	f->bad = false;
	f->fd = -1;
}

void
frame_clear(struct frame *f)
{
	if (f->body != NULL)
		explicit_bzero(f->body, f->room);
	free(f->body);
	*f = (struct frame){ .fd = -1 };
}

/* False if size is more than a message may have. */
static bool
make_room(struct frame *f, size_t size)
{
	size_t room = f->room > 0 ? f->room : 4096;
	unsigned char *more;

	if (size > KEY_FRAME_MAX)
		return false;
	while (room < size)
		room *= 2;
	if (room == f->room)
		return true;
	if ((more = realloc(f->body, room)) == NULL)
		return false;
	f->body = more;
	f->room = room;
	return true;
}

static void
put(struct frame *f, const void *bytes, size_t len)
{
	if (f->bad || len > KEY_FRAME_MAX || !make_room(f, f->len + len)) {
		f->bad = true;
		return;
	}
	if (len > 0)
		memcpy(f->body + f->len, bytes, len);
	f->len += len;
}

void
frame_put8(struct frame *f, uint8_t value)
{
	put(f, &value, sizeof value);
}

void
frame_put32(struct frame *f, uint32_t value)
{
	put(f, &value, sizeof value);
}

void
frame_put64(struct frame *f, uint64_t value)
{
	put(f, &value, sizeof value);
}

void
frame_put_bytes(struct frame *f, const void *bytes, size_t len)
{
	frame_put32(f, (uint32_t)len);
	put(f, bytes, len);
}

/* With its NUL; NULL has no bytes. */
void
frame_put_text(struct frame *f, const char *text)
{
	frame_put_bytes(f, text, text != NULL ? strlen(text) + 1 : 0);
}

/* ------------------------------------------------- get ----------------- */

static const unsigned char *
get(struct frame *f, size_t len)
{
	const unsigned char *at = f->body + f->at;

	if (f->bad || len > f->len - f->at) {
		f->bad = true;
		return NULL;
	}
	f->at += len;
	return at;
}

static void
get_value(struct frame *f, void *value, size_t len)
{
	const unsigned char *at = get(f, len);

	if (at != NULL)
		memcpy(value, at, len);
}

uint8_t
frame_get8(struct frame *f)
{
	uint8_t value = 0;

	get_value(f, &value, sizeof value);
	return value;
}

uint32_t
frame_get32(struct frame *f)
{
	uint32_t value = 0;

	get_value(f, &value, sizeof value);
	return value;
}

uint64_t
frame_get64(struct frame *f)
{
	uint64_t value = 0;

	get_value(f, &value, sizeof value);
	return value;
}

const unsigned char *
frame_get_bytes(struct frame *f, size_t max, size_t *len)
{
	const unsigned char *at = NULL;

	*len = frame_get32(f);
	if (*len > max)
		f->bad = true;
	else
		at = get(f, *len);
	if (f->bad)
		*len = 0;
	return at;
}

const char *
frame_get_text(struct frame *f)
{
	size_t len;
	const char *text = (const char *)frame_get_bytes(f, KEY_FRAME_MAX,
	    &len);

	if (len == 0)
		return NULL;
	if (memchr(text, '\0', len) == text + len - 1)
		return text;
	f->bad = true;
	return NULL;
}

bool
frame_done(const struct frame *f)
{
	return !f->bad && f->at == f->len;
}

/* ------------------------------------------------- channel ------------- */

/* Skips what has been sent. */
static void
skip(struct msghdr *m, size_t n)
{
	for (; m->msg_iovlen > 0 && n >= m->msg_iov->iov_len; m->msg_iovlen--)
		n -= m->msg_iov++->iov_len;
	if (m->msg_iovlen > 0) {
		m->msg_iov->iov_base = (char *)m->msg_iov->iov_base + n;
		m->msg_iov->iov_len -= n;
	}
}

int
frame_send(int channel, const struct frame *f, int fd)
{
	union os_rights room;
	uint32_t len = (uint32_t)f->len;
	unsigned char head[HEAD] = { f->type };
	struct iovec part[2] = { { head, HEAD }, { f->body, f->len } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };

	if (f->bad) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(head + 1, &len, sizeof len);
	if (fd != -1)
		os_attach(&m, &room, fd);
	while (m.msg_iovlen > 0) {
		ssize_t n = sendmsg(channel, &m, MSG_NOSIGNAL);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		/* The descriptor went with the first byte. */
		m.msg_control = NULL;
		m.msg_controllen = 0;
		skip(&m, (size_t)n);
	}
	return 0;
}

/* Keeps the first descriptor that comes: one of them is all a frame has. */
static void
keep_descriptor(struct msghdr *m, int *fd)
{
	int more = os_detach(m);

	if (*fd == -1)
		*fd = more;
	else if (more != -1)
		close(more);
}

/* Receives all size bytes, and with fd not NULL a descriptor. */
static int
receive_all(int channel, void *bytes, size_t size, int *fd)
{
	size_t len = 0;

	while (len < size) {
		union os_rights room;
		struct iovec part = { (char *)bytes + len, size - len };
		struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
		ssize_t n;

		if (fd != NULL)
			os_expect(&m, &room);
		n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 && len > 0 ? errno = EBADMSG, -1 :
			    (int)n;
		if (fd != NULL)
			keep_descriptor(&m, fd);
		len += (size_t)n;
	}
	return 1;
}

int
frame_receive(int channel, struct frame *f)
{
	unsigned char head[HEAD];
	uint32_t len;
	int fd = -1, r = receive_all(channel, head, sizeof head, &fd);

	frame_begin(f, head[0]);
	f->fd = fd;
	if (r != 1)
		return r;
	memcpy(&len, head + 1, sizeof len);
	if (!make_room(f, len)) {
		errno = EBADMSG;
		return -1;
	}
	f->len = len;
	r = len > 0 ? receive_all(channel, f->body, len, NULL) : 1;
	if (r == 0)
		errno = EBADMSG;
	return r == 1 ? 1 : -1;
}
