/*
 * conn_header.c - the PROXY header of one connection, from what is known of
 * it.
 */
#include <string.h>

#include <openssl/rand.h>

#include "tls/tls_facts.h"
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
