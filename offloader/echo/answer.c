/*
 * answer.c - an HTTP answer, from its status to its last byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "echo/answer.h"

static const char *
reason(int status)
{
	switch (status) {
	case 200:	return "OK";
	case 400:	return "Bad Request";
	case 405:	return "Method Not Allowed";
	case 431:	return "Request Header Fields Too Large";
	case 501:	return "Not Implemented";
	case 505:	return "HTTP Version Not Supported";
	}
	return "Internal Server Error";
}

char *
answer_new(const struct request *r, int status, const char *body,
    size_t body_len, size_t *len)
{
	char head[512], *bytes;
	size_t n = (size_t)snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\n"
	    "Content-Type: text/%s; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "Cache-Control: no-store\r\n"
	    "Vary: Accept\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Content-Security-Policy: default-src 'none'; "
	    "style-src 'unsafe-inline'\r\n"
	    "%sConnection: %s\r\n\r\n", status, reason(status),
	    status == 200 && r->html ? "html" : "plain", body_len,
	    status == 405 ? "Allow: GET, HEAD, POST\r\n" : "",
	    r->close ? "close" : "keep-alive");

	if (r->head_only)
		body_len = 0;
	if ((bytes = malloc(n + body_len)) == NULL)
		return NULL;
	memcpy(bytes, head, n);
	memcpy(bytes + n, body, body_len);
	*len = n + body_len;
	return bytes;
}
