/*
 * child_message.h - messages of one byte between the master and its children.
 *
 * "up" is sent by a child, "down" by the master. See os_channel.h for how a
 * descriptor goes with one.
 */
#ifndef OFFLOADER_CHILD_MESSAGE_H
#define OFFLOADER_CHILD_MESSAGE_H

#define CHILD_READY	'R'	/* up: accepts clients from now on */
#define CHILD_RETIRE	'Q'	/* down: accept no more, exit when empty */
#define CHILD_LEAVE	'X'	/* down: exit at once */
#define CHILD_KEYS	'K'	/* up: the signer is gone; down, with a
				   descriptor: the channel to a new one */
#define CHILD_LOG	'L'	/* down, with a descriptor: the log file */
#define CHILD_ACCESS_LOG	'A' /* down, with a descriptor: its file */
#define CHILD_SYSLOG	'S'	/* up: the socket to syslog is lost; down,
				   with a descriptor: a new one */

#endif
