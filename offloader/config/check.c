/*
 * check.c - what can be said of a configuration only when all of it is there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/cidr.h"
#include "config/check.h"

static const struct spot top = { 0, 0 };

__attribute__((format(printf, 4, 5))) static void
fault(struct build *b, struct spot s, const char *option, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	diagnostics_add(b->diagnostics, ERR_CONFIG, PLACE_WHOLE,
	    build_where(b->conf, s, option), "%s: %s", option, text);
}

static char *
no_memory(struct build *b, struct spot s)
{
	fault(b, s, "address", "out of memory");
	return NULL;
}

/* Without any frontend, hitch's default. */
static void
default_frontend(struct build *b)
{
	static const struct place nowhere = { PLACE_WHOLE, "default" };
	const struct option_row *o = option_find(conf_rows, "frontend");
	struct spot s;

	if (build_add(b, top, o, &s))
		build_set(b, s, option_find(frontend_rows, o->brief), o->normal,
		    &nowhere);
}

/* "[HOST]:PORT+CERT": takes the certificate off. */
static char *
split_cert(struct build *b, struct spot s, const char *address)
{
	const struct place at = { PLACE_WHOLE,
	    build_where(b->conf, s, "address") };
	const struct option_row *o = option_find(frontend_rows, "pem-file");
	size_t len = strcspn(address, "+");
	struct spot cert;
	char *copy;

	if (address[len] == '+' && address[len + 1] != '\0' &&
	    build_add(b, s, o, &cert))
		build_set(b, cert, option_find(cert_rows, o->brief),
		    address + len + 1, &at);
	copy = strndup(address, len);
	return copy != NULL ? copy : no_memory(b, s);
}

/* The address of a frontend in one text, however it was given; or NULL. */
static char *
address_text(struct build *b, struct spot s)
{
	const struct frontend_conf *f = spot_target(b->conf, s);
	char *text = NULL;

	if (f->address != NULL) {
		if (f->host != NULL || f->port != NULL)
			fault(b, s, "address", "cannot be combined with host "
			    "or port");
		return split_cert(b, s, f->address);
	}
	if (f->port == NULL)
		fault(b, s, "port", "is missing in this frontend");
	else if (asprintf(&text, "[%s]:%s", f->host != NULL ? f->host : "*",
	    f->port) < 0)
		text = no_memory(b, s);
	return text;
}

/* Afterwards host and port are set, or there is a diagnostic. */
static void
complete_address(struct build *b, struct spot s)
{
	char *host, *port, *text = address_text(b, s);
	struct frontend_conf *f = spot_target(b->conf, s);
	struct err e;

	free(f->host);
	free(f->port);
	f->host = f->port = NULL;
	if (text == NULL)
		return;
	if (addr_split(text, &host, &port, &e) != 0)
		fault(b, s, "frontend", "%s", e.text);
	else {
		f->host = host;
		f->port = port;
		if (f->name == NULL) {
			f->name = text;
			text = NULL;
		}
	}
	free(text);
}

/* Only what a frontend has in common with the top can be taken from there. */
static void
inherit(struct build *b, struct spot s)
{
	char *f = spot_target(b->conf, s);
	const struct option_part *p;
	const struct option_row *o;
	struct err e;
	size_t top_offset;

	for (p = frontend_scope; p->rows != NULL; p++)
		for (o = p->rows; p->offset != 0 && o->name != NULL; o++) {
			if (build_has(b->conf, s, o))
				continue;
			option_look(conf_scope, o->name, &top_offset);
			if (option_copy_one(o, f + p->offset,
			    (char *)b->conf + top_offset, &e) != 0)
				fault(b, s, o->name, "%s", e.text);
		}
}

void
check_complete(struct build *b)
{
	if (b->conf->n_fronts == 0)
		default_frontend(b);
	build_sort(b);
	for (unsigned i = 1; i <= b->conf->n_fronts; i++) {
		complete_address(b, (struct spot){ i, 0 });
		inherit(b, (struct spot){ i, 0 });
	}
	build_sort(b);
}

static void
check_backend(struct build *b)
{
	char *host, *port;
	struct err e;

	if (b->conf->backend[0] == '/')
		return;
	if (strstr(b->conf->backend, "://") != NULL) {
		fault(b, top, "backend", "\"%s\" is a URL: write HOST:PORT",
		    b->conf->backend);
		return;
	}
	if (addr_split(b->conf->backend, &host, &port, &e) != 0) {
		fault(b, top, "backend", "%s", e.text);
		return;
	}
	free(host);
	free(port);
}

/* True if client-verify was set, there or around it. */
static bool
verify_is_said(const struct build *b, struct spot s)
{
	return strcmp(build_where(b->conf, s, "client-verify"),
	    "default") != 0;
}

static void
check_client(struct build *b, struct spot s, const struct client_conf *c)
{
	if (c->verify > VERIFY_NONE && c->ca == NULL)
		fault(b, s, "client-verify", "needs a client-verify-ca");
	/* A list of allowed clients is meant to refuse others. */
	if (c->verify == VERIFY_NONE && c->allow.n > 0 &&
	    !verify_is_said(b, s))
		diagnostics_add(b->diagnostics, ERR_CONFIG, PLACE_WHOLE,
		    build_where(b->conf, s, "client-allow"), "client-verify: "
		    "must be set, or client-allow has no effect");
}

/* An inherited value was reported where it was set. */
static void
check_ranges(struct build *b, struct spot s, const struct strlist *ranges)
{
	struct cidr range;
	struct err e;

	for (size_t i = 0; i < ranges->n; i++)
		if (cidr_read(&range, ranges->word[i], &e) != 0)
			fault(b, s, "proxy-from", "%s", e.text);
}

static void
check_inbound(struct build *b, struct spot s, const struct inbound_conf *in)
{
	if (in->accept_proxy && in->proxy_from.n == 0)
		fault(b, s, "accept-proxy", "needs a proxy-from with the "
		    "addresses of the load balancers");
	if (build_has(b->conf, s, option_find(inbound_rows, "proxy-from")))
		check_ranges(b, s, &in->proxy_from);
}

static void
check_certs(struct build *b, unsigned front, const struct certs_conf *certs,
    const struct client_conf *around)
{
	for (unsigned i = 0; i < certs->n; i++) {
		const struct cert_conf *c = &certs->cert[i];
		const struct client_conf client = conf_client(b->conf, around,
		    c);
		struct spot s = { front, i + 1 };

		if (c->pem_file == NULL)
			fault(b, s, "cert", "is missing in this pem-file");
		if (client.verify != around->verify ||
		    client.ca != around->ca ||
		    client.allow.word != around->allow.word)
			check_client(b, s, &client);
	}
}

/* Port 0 is another one each time. */
static bool
same_address(const struct frontend_conf *f, const struct frontend_conf *g)
{
	return f->port != NULL && g->port != NULL && strcmp(f->port, "0") != 0
	    && strcmp(f->port, g->port) == 0 &&
	    strcasecmp(f->host, g->host) == 0;
}

static void
check_address(struct build *b, unsigned i)
{
	const struct frontend_conf *f = &b->conf->fronts[i];

	for (unsigned j = 0; j < i; j++)
		if (same_address(&b->conf->fronts[j], f)) {
			fault(b, (struct spot){ i + 1, 0 }, "frontend",
			    "%s has the same address as the one at %s",
			    f->name,
			    build_where(b->conf, (struct spot){ j + 1, 0 },
			    "frontend"));
			return;
		}
}

static void
no_certificate(struct build *b, struct spot s, const char *name)
{
	const char *where = build_where(b->conf, s, "frontend");

	if (strcmp(where, "default") != 0)
		fault(b, s, "frontend", "%s has no certificate: set pem-file",
		    name);
	else			/* the frontend stands on no line */
		diagnostics_add(b->diagnostics, ERR_CONFIG, PLACE_WHOLE,
		    b->conf->config != NULL ? b->conf->config :
		    "configuration", "no certificate for the default frontend "
		    "%s: set pem-file", name);
}

static void
check_frontend(struct build *b, unsigned i, bool faulty)
{
	const struct conf *c = b->conf;
	const struct frontend_conf *f = &c->fronts[i];
	const struct spot s = { i + 1, 0 };
	bool global = c->certs.n > 0 || c->pem_dir != NULL;

	check_inbound(b, s, &f->inbound);
	check_certs(b, i + 1, &f->certs, &f->client);
	check_client(b, s, &f->client);
	if (f->port == NULL)
		return;		/* that was reported; the rest follows */
	check_address(b, i);
	/* A fault that was found before may be about the certificate. */
	if (f->certs.n == 0 && f->pem_dir == NULL && !global && !faulty)
		no_certificate(b, s, f->name);
}

void
check_whole(struct build *b)
{
	const struct conf *c = b->conf;
	const bool faulty = b->diagnostics->n > 0;

	check_backend(b);
	if (c->chroot != NULL && c->chroot[0] != '/')
		fault(b, top, "chroot", "\"%s\" does not begin with /",
		    c->chroot);
	check_ranges(b, top, &c->inbound.proxy_from);
	check_certs(b, 0, &c->certs, &c->client);
	for (unsigned i = 0; i < c->n_fronts &&
	    !diagnostics_enough(b->diagnostics); i++)
		check_frontend(b, i, faulty);
}
