/*
 * reply.c - one answer of the reporter, as HTTP.
 */
#include <stdlib.h>

#include <microhttpd.h>

#include "reporter/reply.h"

static void
put_headers(struct MHD_Response *response, const struct http_reply *reply)
{
	static const char *const always[][2] = {
		{ "Cache-Control", "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "X-Frame-Options", "DENY" }
	};

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		MHD_add_response_header(response, always[i][0], always[i][1]);
	MHD_add_response_header(response, "Content-Type", reply->type);
	MHD_add_response_header(response, "Content-Security-Policy",
	    reply->policy != NULL ? reply->policy :
	    "default-src 'none'; frame-ancestors 'none'");
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
}

bool
reply_send(struct MHD_Connection *c, struct http_reply *reply, bool last)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    reply->len, reply->body, reply->keep ? MHD_RESPMEM_PERSISTENT :
	    MHD_RESPMEM_MUST_FREE);
	enum MHD_Result r;

	if (response == NULL) {
		if (!reply->keep)
			free(reply->body);
		return false;
	}
	put_headers(response, reply);
	if (last)
		MHD_add_response_header(response, "Connection", "close");
	r = MHD_queue_response(c, reply->status, response);
	MHD_destroy_response(response);
	return r == MHD_YES;
}
