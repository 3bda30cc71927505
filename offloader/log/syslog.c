/*
 * syslog.c - the way to the system's log, without libc, which waits.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "log/syslog.h"

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
