/*
 * conn_log.c - one line for each connection, when it has ended.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "serve/conn_steps.h"
#include "serve/conn_log.h"

/* Either a balancer is set up wrongly, or somebody claims to be one. */
static void
warn(const struct conn *c, const char *refusal)
{
	char who[ADDR_TEXT];

	if (hush_lets(&c->home->refused))
		log_warn("%s refused at frontend %s: %s",
		    addr_text(&c->peer, who, sizeof who),
		    site_frontend(c->site)->name, refusal);
}

/* " via=ADDRESS": the balancer, where the client is somebody else. */
static const char *
via(const struct proxy_in *in, char *out, size_t size)
{
	char who[ADDR_TEXT];

	if (in->origin == NULL || in->local ||
	    in->origin->client.family == AF_UNSPEC)
		return "";
	snprintf(out, size, " via=%s", addr_text(&in->origin->from, who,
	    sizeof who));
	return out;
}

void
conn_log(const struct conn *c)
{
	static const struct exchange none;
	const struct exchange *x = c->x != NULL ? c->x : &none;
	const char *name = x->client.choice.sni;
	const char *verdict = tls_side_verdict(&x->client);
	uint64_t up = x->relay.up.total;
	const char *refusal = proxy_in_refusal(c->end, &x->in);
	char who[ADDR_TEXT], by[ADDR_TEXT + 8], sni[300], why[128] = "";

	if (refusal != NULL)
		warn(c, refusal);
	if (!log_events())
		return;
	log_escape(sni, sizeof sni, name != NULL ? name : "",
	    name != NULL ? strlen(name) : 0);
	if (refusal != NULL)
		snprintf(why, sizeof why, " why=\"%s\"", refusal);
	else if (x->client.fault != TLS_NO_FAULT)
		snprintf(why, sizeof why, verdict == NULL ? " why=\"%s\"" :
		    " why=\"%s: %s\"", tls_side_fault(&x->client), verdict);
	else if (x->try.error != 0)
		snprintf(why, sizeof why, " why=\"%s\"",
		    strerror(x->try.error));
	log_info("conn client=%s%s frontend=%s sni=\"%s\" end=%s%s up=%llu "
	    "down=%llu", addr_text(&c->peer, who, sizeof who),
	    via(&x->in, by, sizeof by), site_frontend(c->site)->name, sni,
	    end_name(c->end), why,
	    (unsigned long long)(up > x->header ? up - x->header : 0),
	    (unsigned long long)x->relay.down.total);
}
