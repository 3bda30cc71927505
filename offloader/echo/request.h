/*
 * request.h - the requests of HTTP/1.1, as far as an answer needs them.
 *
 * Pure: bytes go in as they come, in any pieces. A request is read to the end
 * of its body before it counts as one; the body is thrown away.
 */
#ifndef OFFLOADER_REQUEST_H
#define OFFLOADER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_HEAD_MAX	8192

enum request_result {
	REQUEST_MORE,		/* all bytes are read, and it is not whole */
	REQUEST_CONTINUE,	/* the client waits for "100 Continue" */
	REQUEST_READY,		/* answer it; the next begins after it */
	REQUEST_REFUSED		/* answer with status and sentence, close */
};

enum request_part {
	IN_HEAD,
	IN_BODY,		/* left: bytes of a Content-Length */
	IN_CHUNK_SIZE,
	IN_CHUNK,		/* left: bytes of it, and its CRLF */
	IN_TRAILER
};

struct request {
	bool head_only;		/* HEAD: an answer without its body */
	bool html;		/* the client names text/html in Accept */
	bool close;		/* no other request comes after it */
	int status;		/* REQUEST_REFUSED */
	const char *sentence;

	/* Private. */
	enum request_part part;
	bool chunked, has_length, expects;
	uint64_t left;
	size_t n;		/* bytes in line */
	char line[REQUEST_HEAD_MAX];	/* a head, or a line of chunks */
};

/* Reads on. *used: how many of the bytes were read. Begin with one zeroed. */
enum request_result request_read(struct request *, const char *bytes,
    size_t len, size_t *used);

/* Forgets the request that was READY, before the next is read. */
void request_reset(struct request *);

#endif
