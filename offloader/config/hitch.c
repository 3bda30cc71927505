/*
 * hitch.c - what to use in place of an unknown option; hitch's among them.
 */
#include <stdio.h>
#include <string.h>

#include "config/conf.h"
#include "config/hitch.h"

#define LONGEST	64		/* name that is compared */

static const char tune[] = "remove it: the system tunes its buffers";
static const char ocsp[] = "remove it: OCSP stapling is not supported";
static const char cache[] = "remove it: tickets resume sessions in all "
    "workers";
static const char ring[] = "remove it: there is no such buffer";
static const char protos[] = "use tls-protos = TLSv1.2 TLSv1.3";

/* What hitch calls something that we do in another way, or not at all. */
static const struct {
	const char *name;
	const char *remedy;
} hitch_options[] = {
	{ "backend-refresh", "remove it: the backend's name is looked up "
	    "at start and at each reload" },
	{ "client", "remove it: TLS to the backend is not supported" },
	{ "default-config", "see the sample configuration" },
	{ "enable-tcp-fastopen", "remove it: it has no benefit here" },
	{ "ocsp-connect-tmo", ocsp },
	{ "ocsp-dir", ocsp },
	{ "ocsp-refresh-interval", ocsp },
	{ "ocsp-resp-file", ocsp },
	{ "ocsp-resp-tmo", ocsp },
	{ "ocsp-verify-staple", ocsp },
	{ "proxy-authority", "use proxy-tlv, with or without authority" },
	{ "proxy-client-cert", "use proxy-tlv, with or without client-cert" },
	{ "proxy-proxy", "use accept-proxy = on, and proxy-from for the "
	    "allowed senders" },
	{ "quiet", "use log-level = 0" },
	{ "recv-bufsize", tune },
	{ "ring-data-len", ring },
	{ "ring-slots", ring },
	{ "send-bufsize", tune },
	{ "session-cache", cache },
	{ "shared-cache-if", cache },
	{ "shared-cache-listen", cache },
	{ "shared-cache-peer", cache },
	{ "ssl", protos },
	{ "ssl-engine", "remove it, and load a provider in openssl.cnf" },
	{ "tcp-fastopen", "remove it: it has no benefit here" },
	{ "tls", protos },
	{ "write-ip", "use send-proxy = v1 or v2, which the backend must "
	    "support" },
	{ "write-proxy", "use send-proxy = v2" },
	{ "write-proxy-v1", "use send-proxy = v1" },
	{ "write-proxy-v2", "use send-proxy = v2" },
};

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters to change, add, leave out or swap (Damerau). */
static size_t
distance(const char *a, const char *b)
{
	const size_t m = strlen(a), n = strlen(b);
	size_t d[LONGEST + 1][LONGEST + 1], i, j;

	if (m > LONGEST || n > LONGEST)
		return LONGEST;
	for (i = 0; i <= m; i++)
		for (j = 0; j <= n; j++) {
			d[i][j] = i + j;
			if (i == 0 || j == 0)
				continue;
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
			    d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[m][n];
}

static const char *
nearest(const struct option_part *p, const char *name)
{
	const char *best = NULL;
	/* A third of the letters may be wrong, but not all of a short name. */
	size_t d, limit = strlen(name) / 3 + 1;

	for (; p->rows != NULL; p++)
		for (const struct option_row *o = p->rows; o->name; o++) {
			d = distance(name, o->name);
			if (d < limit || (d == limit && best == NULL)) {
				best = o->name;
				limit = d;
			}
		}
	return best;
}

/* The block that has such an option, or NULL. */
static const char *
block_of(const char *name)
{
	const struct option_part *top = conf_scope;

	for (; top->rows != NULL; top++)
		for (const struct option_row *o = top->rows; o->name; o++)
			if (o->inside != NULL &&
			    option_look(o->inside, name, NULL) != NULL)
				return o->name;
	return NULL;
}

char *
suggest(const struct option_part *scope, const char *name, char *out,
    size_t size)
{
	const size_t n = sizeof hitch_options / sizeof hitch_options[0];
	const char *other;

	for (size_t i = 0; i < n; i++)
		if (strcmp(hitch_options[i].name, name) == 0) {
			snprintf(out, size, "%s", hitch_options[i].remedy);
			return out;
		}
	if (option_look(conf_scope, name, NULL) != NULL)
		snprintf(out, size, "not allowed inside a block");
	else if ((other = block_of(name)) != NULL)
		snprintf(out, size, "only allowed in the block of a %s",
		    other);
	else if ((other = nearest(scope, name)) != NULL)
		snprintf(out, size, "unknown option; did you mean %s?",
		    other);
	else
		snprintf(out, size, "unknown option");
	return out;
}
