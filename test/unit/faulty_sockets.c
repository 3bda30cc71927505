/*
 * faulty_sockets.c - send() and recv() that fail as a test says.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "faulty_sockets.h"

struct faulty_sockets faulty;

ssize_t __real_send(int, const void *, size_t, int);
ssize_t __real_recv(int, void *, size_t, int);
ssize_t __real_sendmsg(int, const struct msghdr *, int);
ssize_t __wrap_send(int, const void *, size_t, int);
ssize_t __wrap_recv(int, void *, size_t, int);
ssize_t __wrap_sendmsg(int, const struct msghdr *, int);

void
faulty_clear(void)
{
	faulty = (struct faulty_sockets){ .storm = false };
}

void
faulty_random(uint64_t seed)
{
	faulty = (struct faulty_sockets){ .dice = dice_new(seed), .storm =
	    true };
}

/* What this call fails with: 0, or an errno. */
static int
trouble(int fails[4])
{
	int error = fails[0];

	memmove(fails, fails + 1, 3 * sizeof *fails);
	fails[3] = 0;
	if (error != 0 || !faulty.storm)
		return error;
	switch (dice_roll(&faulty.dice, 8)) {
	case 0:	return EINTR;
	case 1:	return EAGAIN;
	}
	return 0;
}

static size_t
shorten(size_t len)
{
	if (faulty.most > 0 && len > faulty.most)
		len = faulty.most;
	if (!faulty.storm || len < 2)
		return len;
	switch (dice_roll(&faulty.dice, 4)) {
	case 0:	return 1;
	case 1:	return 1 + dice_size(&faulty.dice, len - 1);
	}
	return len;
}

ssize_t
__wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	faulty.sends++;
	faulty.flags = flags;
	if ((errno = trouble(faulty.send_fails)) != 0)
		return -1;
	return __real_send(fd, bytes, shorten(len), flags);
}

ssize_t
__wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	faulty.recvs++;
	if ((errno = trouble(faulty.recv_fails)) != 0)
		return -1;
	return __real_recv(fd, bytes, shorten(len), flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct msghdr less = *m;
	struct iovec v = m->msg_iov[0];

	faulty.sends++;
	if ((errno = trouble(faulty.send_fails)) != 0)
		return -1;
	if (!faulty.storm && faulty.most == 0)
		return __real_sendmsg(fd, m, flags);
	if (faulty.storm && dice_one_in(&faulty.dice, 2)) {
		/* Some of the vectors, whole. */
		less.msg_iovlen = 1 + dice_roll(&faulty.dice,
		    (uint32_t)m->msg_iovlen);
		return __real_sendmsg(fd, &less, flags);
	}
	v.iov_len = shorten(v.iov_len);
	less.msg_iov = &v;
	less.msg_iovlen = 1;
	return __real_sendmsg(fd, &less, flags);
}
