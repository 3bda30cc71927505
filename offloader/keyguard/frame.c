/*
 * frame.c - sends, receives and encodes messages of master and keyguard.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/bytes.h"
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

static void
put_number(struct frame *f, uint64_t value, size_t n)
{
	uint8_t bytes[sizeof value];
	struct bytes_out out = { .at = bytes, .size = sizeof bytes };

	bytes_put_number(&out, value, n);
	put(f, bytes, n);
}

void
frame_put8(struct frame *f, uint8_t value)
{
	put_number(f, value, sizeof value);
}

void
frame_put32(struct frame *f, uint32_t value)
{
	put_number(f, value, sizeof value);
}

void
frame_put64(struct frame *f, uint64_t value)
{
	put_number(f, value, sizeof value);
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

/* What has not been taken yet. */
static struct bytes_in
rest(const struct frame *f)
{
	return (struct bytes_in){ f->len > 0 ? f->body + f->at : NULL,
	    f->len - f->at, f->bad };
}

/* The frame goes on where the reader stopped. */
static void
go_on(struct frame *f, const struct bytes_in *in)
{
	f->at = f->len - in->left;
	f->bad = in->bad;
}

static uint64_t
get_number(struct frame *f, size_t n)
{
	struct bytes_in in = rest(f);
	uint64_t value = bytes_number(&in, n);

	go_on(f, &in);
	return value;
}

uint8_t
frame_get8(struct frame *f)
{
	return (uint8_t)get_number(f, sizeof(uint8_t));
}

uint32_t
frame_get32(struct frame *f)
{
	return (uint32_t)get_number(f, sizeof(uint32_t));
}

uint64_t
frame_get64(struct frame *f)
{
	return get_number(f, sizeof(uint64_t));
}

const unsigned char *
frame_get_bytes(struct frame *f, size_t max, size_t *len)
{
	struct bytes_in in = rest(f), block = bytes_block(&in, 4);

	if (block.left > max)
		in.bad = true;
	go_on(f, &in);
	*len = f->bad ? 0 : block.left;
	return f->bad ? NULL : block.at;
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
skip_sent(struct msghdr *m, size_t n)
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
	unsigned char head[HEAD];
	struct bytes_out out = { .at = head, .size = HEAD };
	struct iovec part[2] = { { head, HEAD }, { f->body, f->len } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };

	if (f->bad) {
		errno = EMSGSIZE;
		return -1;
	}
	bytes_put_number(&out, f->type, 1);
	bytes_put_number(&out, f->len, 4);
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
		skip_sent(&m, (size_t)n);
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
	unsigned char head[HEAD] = { 0 };
	struct bytes_in in = { head, HEAD, false };
	size_t len;
	int fd = -1, r = receive_all(channel, head, sizeof head, &fd);

	frame_begin(f, (uint8_t)bytes_number(&in, 1));
	f->fd = fd;
	if (r != 1)
		return r;
	len = bytes_number(&in, 4);
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
