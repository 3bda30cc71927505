/*
 * os_channel.h - messages of one byte between processes, over an os_pair().
 */
#ifndef OFFLOADER_OS_CHANNEL_H
#define OFFLOADER_OS_CHANNEL_H

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

#endif
