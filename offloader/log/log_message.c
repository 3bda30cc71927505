/*
 * log_message.c - the log's files and syslog, as the master hands them out.
 */
#include <stddef.h>

#include "base/child_message.h"
#include "log/log.h"
#include "log/log_message.h"

bool
log_message_take(char word, int fd)
{
	static const struct {
		char word;
		enum log_part part;
	} rows[] = { { CHILD_LOG, LOG_PART_FILE },
	    { CHILD_ACCESS_LOG, LOG_PART_ACCESS },
	    { CHILD_SYSLOG, LOG_PART_SYSLOG } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].word == word) {
			if (fd != -1)
				log_set_fd(rows[i].part, fd);
			return true;
		}
	return false;
}
