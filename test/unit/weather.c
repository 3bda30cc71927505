/*
 * weather.c - a kernel in a bad mood.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "weather.h"

struct weather weather;

ssize_t __real_send(int, const void *, size_t, int);
ssize_t __real_recv(int, void *, size_t, int);
ssize_t __real_sendmsg(int, const struct msghdr *, int);
ssize_t __wrap_send(int, const void *, size_t, int);
ssize_t __wrap_recv(int, void *, size_t, int);
ssize_t __wrap_sendmsg(int, const struct msghdr *, int);

void
weather_clear(void)
{
	weather = (struct weather){ .storm = false };
}

void
weather_storm(uint64_t seed)
{
	weather = (struct weather){ .dice = dice_new(seed), .storm = true };
}

/* What this call fails with: 0, or an errno. */
static int
trouble(int fails[4])
{
	int error = fails[0];

	memmove(fails, fails + 1, 3 * sizeof *fails);
	fails[3] = 0;
	if (error != 0 || !weather.storm)
		return error;
	switch (dice_roll(&weather.dice, 8)) {
	case 0:	return EINTR;
	case 1:	return EAGAIN;
	}
	return 0;
}

static size_t
shorten(size_t len)
{
	if (weather.most > 0 && len > weather.most)
		len = weather.most;
	if (!weather.storm || len < 2)
		return len;
	switch (dice_roll(&weather.dice, 4)) {
	case 0:	return 1;
	case 1:	return 1 + dice_size(&weather.dice, len - 1);
	}
	return len;
}

ssize_t
__wrap_send(int fd, const void *bytes, size_t len, int flags)
{
	weather.sends++;
	weather.flags = flags;
	if ((errno = trouble(weather.send_fails)) != 0)
		return -1;
	return __real_send(fd, bytes, shorten(len), flags);
}

ssize_t
__wrap_recv(int fd, void *bytes, size_t len, int flags)
{
	weather.recvs++;
	if ((errno = trouble(weather.recv_fails)) != 0)
		return -1;
	return __real_recv(fd, bytes, shorten(len), flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct msghdr less = *m;
	struct iovec v = m->msg_iov[0];

	weather.sends++;
	if ((errno = trouble(weather.send_fails)) != 0)
		return -1;
	if (!weather.storm && weather.most == 0)
		return __real_sendmsg(fd, m, flags);
	if (weather.storm && dice_one_in(&weather.dice, 2)) {
		/* Some of the vectors, whole. */
		less.msg_iovlen = 1 + dice_roll(&weather.dice,
		    (uint32_t)m->msg_iovlen);
		return __real_sendmsg(fd, &less, flags);
	}
	v.iov_len = shorten(v.iov_len);
	less.msg_iov = &v;
	less.msg_iovlen = 1;
	return __real_sendmsg(fd, &less, flags);
}
