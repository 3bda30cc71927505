/*
 * conn_trace.c - facts about a connection that only the access log needs.
 */
#include <stdlib.h>
#include <string.h>

#include "serve/conn_trace.h"

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
