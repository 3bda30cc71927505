/*
 * os_channel.c - messages of one byte between processes, over an os_pair().
 */
#include <string.h>
#include <sys/uio.h>

#include "base/os_channel.h"

void
os_attach(struct msghdr *m, union os_rights *room, int fd)
{
	struct cmsghdr *c;

	memset(room, 0, sizeof *room);
	m->msg_control = room;
	m->msg_controllen = sizeof *room;
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
}

void
os_expect(struct msghdr *m, union os_rights *room)
{
	memset(room, 0, sizeof *room);
	m->msg_control = room;
	/* The padding would be room for a second descriptor. */
	m->msg_controllen = CMSG_LEN(sizeof(int));
}

int
os_detach(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

int
os_channel_send(int channel, char word, int fd)
{
	union os_rights room;
	struct iovec bytes = { &word, 1 };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (fd != -1)
		os_attach(&m, &room, fd);
	return sendmsg(channel, &m, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

int
os_channel_receive(int channel, char *word, int *fd)
{
	union os_rights room;
	struct iovec bytes = { word, 1 };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1 };
	ssize_t n;

	os_expect(&m, &room);
	n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);
	*fd = n > 0 ? os_detach(&m) : -1;
	return n > 0 ? 1 : (int)n;
}
