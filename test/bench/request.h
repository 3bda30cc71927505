/*
 * request.h - what a client of the bench asks of its backend.
 */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request {
	uint64_t upload;	/* bytes that follow the head */
	uint64_t download;	/* bytes wanted; 0 is the small reply */
	bool last;		/* the client wants no more after this */
};

/*
 * Both return how many bytes they have taken, 0 if they need more, and -1 if
 * no more bytes would help. Without any PROXY header there is nothing to
 * take: then *done is set all the same.
 */
long request_skip_proxy(const char *, size_t, bool *done);
long request_parse(const char *, size_t, struct request *);

#endif
