/*
 * answer.h - an HTTP answer, from its status to its last byte.
 */
#ifndef OFFLOADER_ANSWER_H
#define OFFLOADER_ANSWER_H

#include <stddef.h>

#include "echo/request.h"

/*
 * The bytes to be sent for a request; the body is HTML if it asked for that
 * and the status is 200. Stores the length; the caller frees them. NULL: out
 * of memory.
 */
char *answer_new(const struct request *, int status, const char *body,
    size_t body_len, size_t *len);

#endif
