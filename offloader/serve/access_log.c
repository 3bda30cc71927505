/*
 * access_log.c - one line for each connection, when it has ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log/fields.h"
#include "log/log.h"
#include "log/log_line.h"
#include "serve/conn_steps.h"
#include "serve/access_log.h"

/* What a line points to that is made for it alone. */
struct texts {
	char time[LOG_TIME], client[ADDR_TEXT], balancer[ADDR_TEXT],
	    backend[ENDPOINT_TEXT], why[128];
};

static struct proxy_value
text(const char *s)
{
	return (struct proxy_value){ s, s != NULL ? strlen(s) : 0 };
}

/* A load balancer is configured wrongly, or a peer claims to be one. */
static void
warn_refusal(const struct conn *c, const char *refusal)
{
	char who[ADDR_TEXT];

	if (log_limit_allow(&c->home->refused))
		log_warn("%s refused at frontend %s: %s",
		    addr_text(&c->peer, who, sizeof who),
		    site_frontend(c->site)->name, refusal);
}

static void
set_time(struct access_facts *a, char out[LOG_TIME], ev_tstamp now)
{
	struct timespec t = { .tv_sec = (time_t)now };

	t.tv_nsec = (long)((now - (double)t.tv_sec) * 1e9);
	a->time = text(log_time(&t, true, out));
}

/* Splits "[2001:db8::1]:443". A peer without an address has neither part. */
static void
set_address(struct proxy_value *host, long long *port, const union addr *from,
    char out[ADDR_TEXT])
{
	char *colon;

	if (from->family == AF_UNSPEC)
		return;
	addr_text(from, out, ADDR_TEXT);
	if ((colon = strrchr(out, ':')) == NULL)
		return;
	*colon = '\0';
	*port = strtol(colon + 1, NULL, 10);
	*host = text(out);
	if (out[0] == '[')
		*host = (struct proxy_value){ out + 1, host->len - 2 };
}

static void
set_ends(struct access_facts *a, const struct conn *c,
    const struct exchange *x, struct texts *t)
{
	const struct origin *o = x->in.origin;
	const struct endpoints *at = &c->home->backend.at;

	set_address(&a->client, &a->client_port, &c->peer, t->client);
	if (o != NULL && !x->in.local && o->client.family != AF_UNSPEC)
		set_address(&a->balancer, &a->balancer_port, &o->from,
		    t->balancer);
	a->frontend = text(site_frontend(c->site)->name);
	if (x->try.next > 0)
		a->backend = text(endpoint_text(&at->at[x->try.next - 1],
		    t->backend, sizeof t->backend));
}

static void
set_session(struct access_facts *a, const struct conn_trace_tls *t)
{
	static const char prefix[] = "TLSv";

	a->version = t->facts.version;
	if (strncmp(a->version.bytes, prefix, sizeof prefix - 1) == 0)
		a->version = text((const char *)a->version.bytes +
		    sizeof prefix - 1);
	a->cipher = t->facts.cipher;
	a->group = t->facts.group;
	a->resumed = t->resumed;
	a->alpn = t->facts.alpn;
	a->cn = t->facts.cn;
	if (t->has_cert)
		a->verify = t->facts.verify;
}

static void
set_tls(struct access_facts *a, const struct exchange *x)
{
	const struct tls_side *t = &x->tls;

	a->sni = text(t->choice.sni);
	a->ja4 = text(t->choice.ja4);
	a->established = conn_has_session(x);
	if (t->verify != X509_V_OK)
		a->verify = t->verify;
	if (x->trace != NULL && x->trace->tls != NULL)
		set_session(a, x->trace->tls);
}

static void
set_id(struct access_facts *a, const struct exchange *x)
{
	const struct origin *o = x->in.origin;

	if (o != NULL && o->id_len > 0)
		a->id = (struct proxy_value){ o->id, o->id_len };
	else if (x->trace != NULL && x->trace->id[0] != '\0')
		a->id = (struct proxy_value){ x->trace->id,
		    sizeof x->trace->id };
}

static void
set_end(struct access_facts *a, const struct conn *c,
    const struct exchange *x, const char *refusal, char *out, size_t size)
{
	const char *verdict = tls_side_verdict(&x->tls);
	uint64_t up = x->relay.up.total;

	a->end = text(end_reason_name(c->end));
	a->up = (long long)(up > x->header ? up - x->header : 0);
	a->down = (long long)x->relay.down.total;
	if (refusal != NULL)
		a->why = text(refusal);
	else if (x->tls.fault != TLS_NO_FAULT) {
		snprintf(out, size, verdict == NULL ? "%s" : "%s: %s",
		    tls_side_fault(&x->tls), verdict);
		a->why = text(out);
	} else if (x->try.error != 0)
		a->why = text(strerror(x->try.error));
}

static void
add_time(struct access_facts *a, const char *name, double ms)
{
	if (a->n_times < ACCESS_TIMES)
		a->times[a->n_times++] = (struct access_time){ name,
		    (long long)ms };
}

_Static_assert(CONN_DONE + 1 <= ACCESS_TIMES, "room for every state's time");

/* How long it was in each state; states of one name are one time. */
static void
set_times(struct access_facts *a, const struct conn *c,
    const struct conn_state_row *states, ev_tstamp now)
{
	const struct conn_trace *t = c->x != NULL ? c->x->trace : NULL;
	const char *last = "";

	if (t == NULL) {
		/* Nothing came; or there was no memory for a trace. */
		if (c->x == NULL)
			add_time(a, "ms.total", (now - c->since) * 1000);
		return;
	}
	add_time(a, "ms.total", (now - t->begun) * 1000 + 0.5);
	for (int i = 0; i < CONN_DONE; i++) {
		if (!t->was[i])
			continue;
		if (strcmp(states[i].log, last) == 0)
			a->times[a->n_times - 1].ms += t->ms[i];
		else
			add_time(a, states[i].log, t->ms[i]);
		last = states[i].log;
	}
}

static void
log_conn(const struct conn *c, const struct conn_state_row *states,
    const struct exchange *x, const char *refusal)
{
	ev_tstamp now = ev_now(c->home->loop);
	struct access_facts a;
	char line[ACCESS_LINE];
	struct texts t;

	access_facts_init(&a);
	set_time(&a, t.time, now);
	set_ends(&a, c, x, &t);
	set_tls(&a, x);
	set_id(&a, x);
	set_end(&a, c, x, refusal, t.why, sizeof t.why);
	set_times(&a, c, states, now);
	log_access(line, access_line(&a, conf_access_log(c->home->conf) ==
	    ACCESS_JSON, line));
}

/* Any client can end like this, as often as it likes. */
static bool
is_failure(const struct conn *c, const struct exchange *x)
{
	return !conn_has_session(x) && c->end != END_NOT_ALLOWED &&
	    c->end != END_KEYGUARD && c->end != END_DRAINED &&
	    c->end != END_NO_MEMORY;
}

void
access_log(const struct conn *c, const struct conn_state_row *states)
{
	static const struct exchange none;
	const struct exchange *x = c->x != NULL ? c->x : &none;
	const char *refusal = proxy_in_refusal(c->end, &x->in);

	if (refusal != NULL)
		warn_refusal(c, refusal);
	if (conf_access_log(c->home->conf) == ACCESS_OFF ||
	    (is_failure(c, x) && !log_limit_allow(&c->home->failed)))
		return;
	if (c->x != NULL)
		conn_trace_keep(c->x);
	log_conn(c, states, x, refusal);
}

/* ------------------------------------------------- rows ------------------ */

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
put_access_row(struct fields *f, const struct access_row *row,
    const void *field)
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
		put_access_row(&f, row, (const char *)a + row->offset);
	for (size_t i = 0; i < a->n_times; i++)
		fields_number(&f, a->times[i].name, a->times[i].ms);
	return fields_end(&f);
}

/* ------------------------------------------------- traces ---------------- */

struct conn_trace *
conn_trace_new(ev_tstamp begun)
{
	struct conn_trace *s = calloc(1, sizeof *s);

	if (s != NULL)
		s->begun = s->entered = begun;
	return s;
}

void
conn_trace_free(struct conn_trace *s)
{
	if (s == NULL)
		return;
	if (s->tls != NULL)
		tls_facts_clear(&s->tls->kept);
	free(s->tls);
	free(s);
}

void
conn_trace_leaves(struct exchange *x, enum conn_state from, ev_tstamp now)
{
	struct conn_trace *s = x != NULL ? x->trace : NULL;

	if (s == NULL)
		return;
	/* The clock of the wall may be set back. */
	if (now > s->entered)
		s->ms[from] += (uint32_t)((now - s->entered) * 1000 + 0.5);
	s->was[from] = true;
	s->entered = now;
}

/* All else that the facts point to is kept, or lives as the frontend does. */
void
conn_trace_keep(struct exchange *x)
{
	struct conn_trace *s = x->trace;
	const struct tls_side *t = &x->tls;
	struct conn_trace_tls *k;

	if (s == NULL || s->tls != NULL || t->ssl == NULL ||
	    !conn_has_session(x) || (k = calloc(1, sizeof *k)) == NULL)
		return;
	s->tls = k;
	tls_facts_get(&k->kept, t, false, &k->facts);
	k->has_cert = k->kept.peer != NULL;
	k->kept.peer = NULL;		/* the session's */
	k->resumed = SSL_session_reused(t->ssl);
	if (k->facts.alpn.bytes == NULL)
		return;
	memcpy(k->alpn, k->facts.alpn.bytes, k->facts.alpn.len);
	k->facts.alpn.bytes = k->alpn;
}
