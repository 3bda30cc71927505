/*
 * os_channel.c - messages of one byte between processes, over an os_pair().
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/os_channel.h"

/* Padding included, so that more than one descriptor would fit. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int
os_channel_send(int channel, char word, int fd)
{
	union control control = { 0 };
	struct iovec bytes = { &word, 1 };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd != -1) {
		m.msg_control = &control;
		m.msg_controllen = sizeof control;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(channel, &m, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

int
os_channel_receive(int channel, char *word, int *fd)
{
	union control control = { 0 };
	struct iovec bytes = { word, 1 };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1,
	    .msg_control = &control,
	    /* The kernel closes descriptors for which there is no room. */
	    .msg_controllen = CMSG_LEN(sizeof *fd) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (n <= 0)
		return (int)n;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof *fd))
		memcpy(fd, CMSG_DATA(c), sizeof *fd);
	return 1;
}
