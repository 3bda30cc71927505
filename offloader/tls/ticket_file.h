/*
 * ticket_file.h - session-ticket keys out of a file that machines share.
 *
 * The file is the one of haproxy's tls-ticket-keys, and means the same: a key
 * to a line, in base64, all of 48 bytes (AES-128) or all of 80 (AES-256), the
 * oldest first. The last three count. The last but one encrypts: so a new one
 * that was appended on each machine is known to all before one of them uses it.
 * Records of 80 bytes, one after the other, are taken as well.
 */
#ifndef OFFLOADER_TICKET_FILE_H
#define OFFLOADER_TICKET_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "tls/ticket.h"

/*
 * The caller cleanses the keys. A file that others can read is refused unless
 * loose ones are allowed. -1: a sentence that names the file.
 */
int ticket_file_load(const char *file, bool loose_too, struct ticket_keys *,
    struct err *);

/* The same with what was read of a file. */
int ticket_file_parse(const char *file, const uint8_t *bytes, size_t len,
    struct ticket_keys *, struct err *);

#endif
