/*
 * conn_header.c - the PROXY headers of one connection, sent and received.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/rand.h>

#include "base/os_socket.h"
#include "tls/tls_side.h"
#include "serve/conn_header.h"

#define ID_BYTES	(CONN_ID / 2)	/* of randomness, in hexadecimal */

static bool
wants(const struct proxy_form *form, enum proxy_tlv type)
{
	return memchr(form->want, (int)type, sizeof form->want) != NULL;
}

/* What the client connected to: the balancer, if there is one. */
static void
local_address(union addr *a, const struct conn_header *h)
{
	struct sockaddr_storage local = { 0 };
	socklen_t len = sizeof local;

	if (h->origin != NULL && h->origin->client.family != AF_UNSPEC) {
		*a = h->origin->local;
		return;
	}
	if (getsockname(h->client->side.fd, (struct sockaddr *)&local,
	    &len) == -1)
		local.ss_family = AF_UNSPEC;
	addr_from(a, (struct sockaddr *)&local);
}

/* A value that no two connections share; none without random bytes. */
static struct proxy_value
new_id(char text[CONN_ID])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char id[ID_BYTES];

	if (RAND_bytes(id, sizeof id) != 1)
		return (struct proxy_value){ 0 };
	for (size_t i = 0; i < sizeof id; i++) {
		text[2 * i] = digits[id[i] >> 4];
		text[2 * i + 1] = digits[id[i] & 15];
	}
	return (struct proxy_value){ text, CONN_ID };
}

/* An ID that the load balancer sent is kept: it is in its log. */
static struct proxy_value
unique_id(const struct conn_header *h, char text[CONN_ID])
{
	if (h->origin != NULL && h->origin->id_len > 0)
		return (struct proxy_value){ h->origin->id,
		    h->origin->id_len };
	return new_id(text);
}

bool
conn_header_write(const struct conn_header *h, struct scratch *s, size_t *len,
    unsigned *left_out)
{
	struct proxy_facts facts = { .client = *h->peer };
	struct tls_facts tls;
	char id[CONN_ID];

	*len = 0;
	*left_out = 0;
	if (h->send_proxy == SEND_NONE)
		return true;
	local_address(&facts.local, h);
	if (h->send_proxy == SEND_V1) {
		*len = proxy_header_v1(&facts, (char *)s->bytes, s->size);
		return *len > 0;
	}
	if (wants(h->form, PROXY_UNIQUE_ID))
		facts.unique_id = unique_id(h, h->id != NULL ? h->id : id);
	tls_facts_get(&tls, h->client,
	    wants(h->form, PROXY_SSL_CLIENT_CERT), &facts);
	*len = proxy_header_v2(&facts, h->form, s->bytes, s->size, left_out);
	tls_facts_clear(&tls);
	return *len > 0;
}

int
conn_header_form(struct proxy_form *form, const struct conf *conf)
{
	size_t n = 0;

	*form = (struct proxy_form){ .limit = (size_t)conf->proxy_size_limit };
	for (size_t i = 0; i < conf->proxy_tlv.n; i++) {
		uint8_t type = proxy_tlv_type(conf->proxy_tlv.word[i]);

		if (type == 0 || n == sizeof form->want - 1)
			return -1;
		form->want[n++] = type;
	}
	return 0;
}

/* ------------------------------------------------- the header received --- */

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
refuse_header(struct proxy_in *in, enum end_reason why, const char *fault)
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
closed_early(struct proxy_in *in)
{
	return refuse_header(in,
	    in->low_water == 0 ? END_HEALTH_CHECK : END_PROXY_CUT, NULL);
}

/*
 * The kernel wakes us when there is enough, or when no more can come. It might
 * do so earlier for reasons of its own: then the loop would spin.
 */
static enum io
await_bytes(struct proxy_in *in, int fd, size_t there, size_t needed)
{
	if (os_socket_ended(fd))
		return refuse_header(in, END_PROXY_CUT, NULL);
	in->early = there < (size_t)in->low_water;
	in->low_water = (int)needed;
	os_socket_least(fd, in->low_water);
	return IO_WAIT;
}

/* The TLS facts of the sender are dropped: we cannot verify them. */
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
take_header(struct proxy_in *in, int fd, const struct proxy_parsed *p,
    size_t len)
{
	uint8_t bytes[PROXY_IN_MAX];

	if ((in->origin = origin_of(p)) == NULL)
		return refuse_header(in, END_NO_MEMORY, NULL);
	if (receive(fd, bytes, len, 0) != (ssize_t)len)
		return refuse_header(in, END_PROXY_CUT, NULL);
	if (in->low_water > 0)
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
		return closed_early(in);
	switch (proxy_header_parse(bytes, (size_t)n, sizeof bytes, &p,
	    &needed)) {
	case PROXY_PARSE_OK:
		break;
	case PROXY_PARSE_MORE:
		return await_bytes(in, fd, (size_t)n, needed);
	case PROXY_PARSE_NONE:
		return refuse_header(in, END_PROXY_MISSING, NULL);
	case PROXY_PARSE_BAD:
		return refuse_header(in, END_PROXY_BAD, p.fault);
	}
	if (p.has_crc && !p.crc_good)
		return refuse_header(in, END_PROXY_CHECKSUM, NULL);
	return take_header(in, fd, &p, needed);
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
