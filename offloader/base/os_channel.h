/*
 * os_channel.h - messages of one byte between processes, over an os_pair().
 */
#ifndef OFFLOADER_OS_CHANNEL_H
#define OFFLOADER_OS_CHANNEL_H

#include <sys/socket.h>

/*
 * Sends a message, and with it a descriptor or -1: the other process gets a
 * descriptor of its own for the same file. -1: errno.
 */
int os_channel_send(int channel, char word, int fd);

/*
 * Receives a message, and the descriptor that came with it or -1, which the
 * caller closes. 1: a message came. 0: the other end is closed. -1: errno;
 * EAGAIN if no message waits.
 */
int os_channel_receive(int channel, char *word, int *fd);

/* Room for one descriptor beside a message. */
union os_rights {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

/*
 * For other messages: puts a descriptor beside one that is to be sent; makes
 * room for one beside a message that is to be received (the kernel closes any
 * more); takes it, -1 if none came. The room must last as long as the message.
 */
void os_attach(struct msghdr *, union os_rights *, int fd);
void os_expect(struct msghdr *, union os_rights *);
int os_detach(struct msghdr *);

#endif
