/*
 * access_rows.c - the fields of the access log, one row each.
 *
 * Names are those of OpenTelemetry's semantic conventions where these have one.
 */
#include "log/fields.h"
#include "serve/access_rows.h"

#define FIELD(field)							\
	.offset = offsetof(struct access_facts, field),			\
	.kind = _Generic(((struct access_facts *)0)->field,		\
	    struct proxy_value: ACCESS_TEXT, long long: ACCESS_NUMBER,	\
	    int: ACCESS_TRUTH)

const struct access_row access_rows[] = {
	{ .name = "time", FIELD(time) },
	{ .name = "client.address", FIELD(client) },
	{ .name = "client.port", FIELD(client_port) },
	{ .name = "network.peer.address", FIELD(balancer) },
	{ .name = "network.peer.port", FIELD(balancer_port) },
	{ .name = "frontend", FIELD(frontend) },
	{ .name = "tls.client.server_name", FIELD(sni) },
	{ .name = "tls.established", FIELD(established) },
	{ .name = "tls.protocol.version", FIELD(version) },
	{ .name = "tls.cipher", FIELD(cipher) },
	{ .name = "tls.curve", FIELD(group) },
	{ .name = "tls.resumed", FIELD(resumed) },
	{ .name = "tls.next_protocol", FIELD(alpn) },
	{ .name = "tls.client.cn", FIELD(cn) },
	{ .name = "tls.client.verify", FIELD(verify) },
	{ .name = "tls.client.ja4", FIELD(ja4) },
	{ .name = "id", FIELD(id) },
	{ .name = "backend", FIELD(backend) },
	{ .name = "end", FIELD(end) },
	{ .name = "why", FIELD(why) },
	{ .name = "up", FIELD(up) },
	{ .name = "down", FIELD(down) },
	{ .name = NULL }
};

void
access_facts_init(struct access_facts *a)
{
	*a = (struct access_facts){ .client_port = ACCESS_ABSENT,
	    .balancer_port = ACCESS_ABSENT, .verify = ACCESS_ABSENT,
	    .up = ACCESS_ABSENT, .down = ACCESS_ABSENT,
	    .established = ACCESS_ABSENT, .resumed = ACCESS_ABSENT };
}

static void
put_text(struct fields *f, const char *name, const struct proxy_value *v)
{
	if (v->bytes != NULL)
		fields_text(f, name, v->bytes, v->len);
}

static void
put_row(struct fields *f, const struct access_row *row, const void *field)
{
	switch (row->kind) {
	case ACCESS_TEXT:
		put_text(f, row->name, field);
		break;
	case ACCESS_NUMBER:
		if (*(const long long *)field != ACCESS_ABSENT)
			fields_number(f, row->name, *(const long long *)field);
		break;
	case ACCESS_TRUTH:
		if (*(const int *)field != ACCESS_ABSENT)
			fields_bool(f, row->name, *(const int *)field);
		break;
	}
}

size_t
access_line(const struct access_facts *a, bool json, char out[ACCESS_LINE])
{
	const struct access_row *row = access_rows;
	struct fields f;

	fields_begin(&f, out, ACCESS_LINE, json);
	for (; row->name != NULL; row++)
		put_row(&f, row, (const char *)a + row->offset);
	for (size_t i = 0; i < a->n_times; i++)
		fields_number(&f, a->times[i].name, a->times[i].ms);
	return fields_end(&f);
}
