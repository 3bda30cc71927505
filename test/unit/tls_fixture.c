/*
 * tls_fixture.c - a frontend ready to serve, made of a few lines of
 * configuration.
 */
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "keys/keyring_local.h"
#include "relay/plain_side.h"
#include "tls/ticket.h"
#include "tls_fixture.h"

static void
say(const char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
}

static void
write_papers(struct tls_fixture *s, const char *kind)
{
	struct request r = { .kind = kind, .cn = "a.example",
	    .sans = "DNS:a.example,DNS:*.b.example" };
	struct test_cert other;
	char *text;

	s->test_cert = issuer_make(&r);
	r.kind = "ED25519";
	other = issuer_make(&r);
	issuer_write(folder_file(&s->folder, "ed25519.pem"), &other);
	issuer_free(&other);
	s->ca = issuer_make(&(struct request){ .cn = "clients' CA",
	    .ca = true });
	s->client = issuer_make(&(struct request){ .cn = "client",
	    .by = &s->ca });
	issuer_write(folder_file(&s->folder, "server.pem"), &s->test_cert);
	text = issuer_cert_text(s->ca.cert);
	folder_write(&s->folder, "ca.pem", text, strlen(text));
	free(text);
}

/* Copies a text with the folder's path for each "@". */
static void
expand(char *out, size_t size, const char *text, const char *folder)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++)
		if (*text == '@')
			n += (size_t)snprintf(out + n, size - n, "%s",
			    folder);
		else
			out[n++] = *text;
	out[n < size ? n : size - 1] = '\0';
}

static int
read_conf(struct tls_fixture *s, const char *options)
{
	char text[4096], lines[4096];
	struct err e;
	int n;

	expand(lines, sizeof lines, options, s->folder.path);
	n = snprintf(text, sizeof text, "frontend {\n\tport = \"443\"\n"
	    "\tpem-file = \"%s/server.pem\"\n%s\n}\n", s->folder.path, lines);
	if (n < 0 || n >= (int)sizeof text)
		return -1;
	s->conf = conf_load_text("test.conf", text, (size_t)n, say, &e);
	return s->conf != NULL ? 0 : -1;
}

static int
open_site(struct tls_fixture *s)
{
	struct faults faults = { .say = say };
	struct site_parts parts = { .conf = s->conf,
	    .front = &s->conf->fronts[0], .global = &s->global,
	    .tickets = s->tickets, .load = &s->load };
	const struct cert_scope scope = { .scope = s->conf,
	    .certs = &s->conf->certs };

	cert_store_begin(s->store, &s->load);
	if (cert_set_load(&s->global, &s->load, s->conf, &scope, &faults) != 0)
		return -1;
	s->site = site_new(&parts, &faults);
	return s->site != NULL ? 0 : -1;
}

int
tls_fixture_make(struct tls_fixture *s, const char *options)
{
	return tls_fixture_make_kind(s, options, NULL);
}

int
tls_fixture_make_kind(struct tls_fixture *s, const char *options,
    const char *kind)
{
	return tls_fixture_make_on(s, options, kind, keyring_local_new());
}

int
tls_fixture_make_on(struct tls_fixture *s, const char *options,
    const char *kind, struct keyring *ring)
{
	*s = (struct tls_fixture){ .pool = { .size = OUTQUEUE_BUFFER, .keep =
	    8 } };
	s->scratch = (struct scratch){ malloc(STAGE_SCRATCH), STAGE_SCRATCH };
	s->tickets = slot_new();
	if ((s->ring = ring) != NULL)
		s->store = cert_store_new(s->ring);
	if (s->scratch.bytes == NULL || s->tickets == NULL ||
	    s->store == NULL ||
	    tls_buffers_init(&s->buffers) != 0 || ticket_rotate(s->tickets) !=
	    0 || folder_make(&s->folder) != 0)
		return -1;
	write_papers(s, kind);
	return read_conf(s, options) == 0 ? open_site(s) : -1;
}

void
tls_fixture_clear(struct tls_fixture *s)
{
	site_free(s->site);
	cert_set_clear(&s->global);
	cert_store_end(&s->load);
	cert_store_free(s->store);
	keyring_free(s->ring);
	conf_free(s->conf);
	issuer_free(&s->test_cert);
	issuer_free(&s->ca);
	issuer_free(&s->client);
	slot_free(s->tickets);
	tls_buffers_clear(&s->buffers);
	pool_empty(&s->pool);
	free(s->scratch.bytes);
	folder_remove(&s->folder);
}
