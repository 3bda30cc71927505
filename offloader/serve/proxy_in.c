/*
 * proxy_in.c - the PROXY header that a balancer puts before its client's TLS.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/os_socket.h"
#include "serve/proxy_in.h"

static const char *const refusals[END_COUNT] = {
	[END_PROXY_SOURCE] = "the address is not in proxy-from",
	[END_PROXY_MISSING] = "the connection did not begin with a PROXY "
	    "header, which accept-proxy requires",
	[END_PROXY_CHECKSUM] = "the checksum of the PROXY header is wrong",
	[END_PROXY_CUT] = "the connection ended in the PROXY header",
	[END_PROXY_SLOW] = "the PROXY header did not arrive within "
	    "ssl-handshake-timeout"
};

static enum io
refuse(struct proxy_in *in, enum end_reason why, const char *fault)
{
	in->end = why;
	in->fault = fault;
	return IO_ERROR;
}

static ssize_t
receive(int fd, uint8_t *bytes, size_t size, int flags)
{
	ssize_t n;

	do
		n = recv(fd, bytes, size, flags);
	while (n == -1 && errno == EINTR);
	return n;
}

/*
 * Load balancers check that the port is open, and close the connection, with or
 * without a reset. That is not worth a warning.
 */
static enum io
left(struct proxy_in *in)
{
	return refuse(in, in->asked == 0 ? END_HEALTH_CHECK : END_PROXY_CUT,
	    NULL);
}

/*
 * The kernel wakes us when there is enough, or when no more can come. It might
 * do so earlier for reasons of its own: then the loop would spin.
 */
static enum io
ask(struct proxy_in *in, int fd, size_t there, size_t needed)
{
	if (os_socket_ended(fd))
		return refuse(in, END_PROXY_CUT, NULL);
	in->early = there < (size_t)in->asked;
	in->asked = (int)needed;
	os_socket_least(fd, in->asked);
	return IO_WAIT;
}

/* What the sender says about TLS is dropped: it cannot be verified here. */
static struct origin *
origin_of(const struct proxy_parsed *p)
{
	struct origin *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	if (!p->local) {
		o->client = p->facts.client;
		o->local = p->facts.local;
	}
	o->id_len = p->facts.unique_id.len;
	if (o->id_len > 0)
		memcpy(o->id, p->facts.unique_id.bytes, o->id_len);
	return o;
}

static enum io
take(struct proxy_in *in, int fd, const struct proxy_parsed *p, size_t len)
{
	uint8_t bytes[PROXY_IN_MAX];

	if ((in->origin = origin_of(p)) == NULL)
		return refuse(in, END_NO_MEMORY, NULL);
	if (receive(fd, bytes, len, 0) != (ssize_t)len)
		return refuse(in, END_PROXY_CUT, NULL);
	if (in->asked > 0)
		os_socket_least(fd, 1);
	in->local = p->local;
	return IO_OK;
}

enum io
proxy_in_read(struct proxy_in *in, int fd)
{
	uint8_t bytes[PROXY_IN_MAX];
	struct proxy_parsed p;
	size_t needed;
	ssize_t n = receive(fd, bytes, sizeof bytes, MSG_PEEK);

	in->early = false;
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return IO_WAIT;
	if (n <= 0)
		return left(in);
	switch (proxy_header_parse(bytes, (size_t)n, sizeof bytes, &p,
	    &needed)) {
	case PROXY_PARSE_OK:
		break;
	case PROXY_PARSE_MORE:
		return ask(in, fd, (size_t)n, needed);
	case PROXY_PARSE_NONE:
		return refuse(in, END_PROXY_MISSING, NULL);
	case PROXY_PARSE_BAD:
		return refuse(in, END_PROXY_BAD, p.fault);
	}
	if (p.has_crc && !p.crc_good)
		return refuse(in, END_PROXY_CHECKSUM, NULL);
	return take(in, fd, &p, needed);
}

void
proxy_in_clear(struct proxy_in *in)
{
	free(in->origin);
	in->origin = NULL;
}

const char *
proxy_in_refusal(enum end_reason why, const struct proxy_in *in)
{
	return why == END_PROXY_BAD ? in->fault : refusals[why];
}
