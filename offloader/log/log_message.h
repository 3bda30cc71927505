/*
 * log_message.h - the log's files and syslog, as the master hands them out.
 *
 * It alone can open them; a confined process makes theirs its own.
 */
#ifndef OFFLOADER_LOG_MESSAGE_H
#define OFFLOADER_LOG_MESSAGE_H

#include <stdbool.h>

/* Takes what came with such a word, if anything did. False: it is another. */
bool log_message_take(char word, int fd);

#endif
