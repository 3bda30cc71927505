/*
 * log_message.h - the log's files and syslog, as the master hands them out.
 *
 * It alone can open them; a confined process makes theirs its own.
 */
#ifndef OFFLOADER_LOG_MESSAGE_H
#define OFFLOADER_LOG_MESSAGE_H

#include <stdbool.h>

#define WORD_LOG	'L'	/* down, with a descriptor: the log file */
#define WORD_ACCESS_LOG	'A'	/* the same: the file of the access log */
#define WORD_SYSLOG	'S'	/* up: it is gone; down: here it is again */

/* Takes what came with such a word, if anything did. False: it is another. */
bool log_word_take(char word, int fd);

#endif
