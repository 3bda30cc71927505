/*
 * os_channel.h - words of one byte between processes, over an os_pair().
 */
#ifndef OFFLOADER_OS_CHANNEL_H
#define OFFLOADER_OS_CHANNEL_H

/*
 * Sends a word, and with it a descriptor, or -1 for none: the other process
 * gets one of its own for the same file. -1: errno.
 */
int os_channel_send(int channel, char word, int fd);

/*
 * Receives a word, and the descriptor that came with it or -1; it is the
 * caller's. 1: a word came. 0: the other end is closed. -1: errno, EAGAIN if
 * none is there.
 */
int os_channel_receive(int channel, char *word, int *fd);

#endif
