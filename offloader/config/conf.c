/*
 * conf.c - what the user asked for. Built once, then never changed.
 */
#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/conf.h"

int
conf_keep(struct conf *c, const struct conf *old, void (*say)(const char *))
{
	struct err e;

	for (const struct option_row *o = conf_rows; o->name != NULL; o++) {
		if (!o->restart || option_same(o, c, old))
			continue;
		err_set(&e, "%s: option %s needs a restart",
		    conf_where(c, c, o->name), o->name);
		say(e.text);
		if (option_copy_one(o, c, old, &e) != 0)
			return -1;
	}
	return 0;
}

struct client_conf
conf_client(const struct conf *c, const struct client_conf *around,
    const struct cert_conf *cert)
{
	struct client_conf r = *around;

	for (const struct option_row *o = client_rows; cert != NULL &&
	    o->name != NULL; o++)
		if (build_says(c, cert, o->name))
			option_borrow(o, &r, &cert->client);
	return r;
}

static void
scope_free(const struct option_part *p, void *target)
{
	for (; p->rows != NULL; p++)
		option_free(p->rows, (char *)target + p->offset);
}

static void
certs_free(struct certs_conf *certs)
{
	for (size_t i = 0; i < certs->n; i++)
		scope_free(cert_scope, &certs->cert[i]);
	free(certs->cert);
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_fronts; i++) {
		certs_free(&c->fronts[i].certs);
		scope_free(frontend_scope, &c->fronts[i]);
	}
	free(c->fronts);
	certs_free(&c->certs);
	scope_free(conf_scope, c);
	build_forget(c);
	free(c);
}

enum access_log
conf_access_log(const struct conf *c)
{
	if (c->access_log != ACCESS_UNSET)
		return c->access_log;
	return c->log_level >= 2 || c->access_log_file != NULL ?
	    ACCESS_LOGFMT : ACCESS_OFF;
}

bool
conf_wants_ja4(const struct conf *c)
{
	return conf_access_log(c) != ACCESS_OFF ||
	    strlist_has(&c->proxy_tlv, "ja4", strlen("ja4"));
}
