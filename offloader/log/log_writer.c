/*
 * log_writer.c - writes lines to a descriptor without blocking.
 *
 * A file takes a line or is full. Each line to a socket is sent with
 * MSG_DONTWAIT. O_NONBLOCK of a pipe or terminal is shared with other
 * processes, our starter among them, so it must not be set: the pipe is opened
 * again instead. Where that is not possible it is polled first; if another
 * process fills it between poll and write, we block once.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "log/log_writer.h"

static bool
is_waiting_kind(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);
}

static void
use(struct log_writer *o, int fd, bool borrowed)
{
	struct stat st;
	int flags = fd != -1 ? fcntl(fd, F_GETFL) : 0;

	if (!o->borrowed && o->fd != -1)
		close(o->fd);
	*o = (struct log_writer){ .fd = fd, .borrowed = borrowed,
	    .lost = o->lost };
	/* A descriptor that never blocks may be of any type. */
	if (fd == -1 || (flags & O_NONBLOCK) != 0 || fstat(fd, &st) == -1)
		return;
	o->socket = S_ISSOCK(st.st_mode);
	o->may_wait = is_waiting_kind(&st);
}

void
log_writer_take(struct log_writer *o, int fd)
{
	use(o, fd, false);
}

void
log_writer_borrow(struct log_writer *o, int fd)
{
	use(o, fd, true);
}

void
log_writer_share(struct log_writer *o, int fd)
{
	char path[sizeof "/proc/self/fd/" + 3 * sizeof fd];
	struct stat st;
	int own = -1;

	if (fstat(fd, &st) == 0 && is_waiting_kind(&st)) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		own = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC |
		    O_NOCTTY);
	}
	if (own != -1)
		log_writer_take(o, own);
	else
		log_writer_borrow(o, fd);
}

static bool
pipe_has_room(const struct log_writer *o)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };

	/* write() will report an error. */
	return !o->may_wait || poll(&p, 1, 0) == 1;
}

static ssize_t
write_once(const struct log_writer *o, struct iovec *part, size_t n)
{
	const struct msghdr m = { .msg_iov = part, .msg_iovlen = n };

	return o->socket ? sendmsg(o->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) :
	    writev(o->fd, part, (int)n);
}

bool
log_writer_put(struct log_writer *o, const char *line, size_t len)
{
	struct iovec part[] = { { (char[]){ '\n' }, 1 },
	    { (char *)(size_t)line, len } };
	size_t first = o->torn ? 0 : 1, whole = len + (o->torn ? 1 : 0);
	ssize_t n = -1;

	if (pipe_has_room(o))
		do
			n = write_once(o, part + first, 2 - first);
		while (n == -1 && errno == EINTR);
	if (n > 0)
		o->torn = (size_t)n < whole && (first == 1 || n > 1);
	if (n > 0 && (size_t)n == whole)
		return true;
	o->lost++;
	return false;
}

/* ------------------------------------------------- syslog ---------------- */

int
syslog_socket(void)
{
	static const struct sockaddr_un at = { .sun_family = AF_UNIX,
	    .sun_path = _PATH_LOG };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int saved_errno;

	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0)
		return fd;
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return -1;
}
