/*
 * generation.c - everything made from one configuration.
 */
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/os.h"
#include "base/os_user.h"
#include "cert/cert_report.h"
#include "log/log.h"
#include "reporter/http.h"
#include "tls/ticket.h"
#include "master/generation.h"

static void
load_certs(struct generation *g, struct faults *faults)
{
	const struct cert_scope scope = { .scope = g->conf,
	    .certs = &g->conf->certs, .pem_dir = g->conf->pem_dir,
	    .pem_dir_glob = g->conf->pem_dir_glob,
	    .pem_dir_lenient = g->conf->pem_dir_lenient,
	    .passphrase_file = g->conf->tls.key_passphrase_file };

	cert_set_load(&g->certs, &g->load, g->conf, &scope, faults);
}

static void
load_sites(struct generation *g, const struct slot *tickets,
    struct faults *faults)
{
	struct err e;

	g->site = calloc(g->conf->n_fronts + 1, sizeof *g->site);
	if (g->site == NULL) {
		err_memory(&e, NULL);
		faults_add(faults, &e);
		return;
	}
	for (size_t i = 0; i < g->conf->n_fronts; i++) {
		const struct site_parts parts = { .conf = g->conf,
		    .front = &g->conf->fronts[i], .global = &g->certs,
		    .tickets = tickets, .load = &g->load };

		g->site[i] = site_new(&parts, faults);
	}
}

static void
load_ticket_keys(struct generation *g, struct faults *faults)
{
	const struct conf *c = g->conf;
	struct err e;

	if (c->ticket_key_file == NULL)
		return;
	g->ticket_keys = calloc(1, sizeof *g->ticket_keys);
	if (g->ticket_keys == NULL)
		err_memory(&e, NULL);
	else if (ticket_file_load(c->ticket_key_file, c->allow_loose_keys,
	    g->ticket_keys, &e) == 0)
		return;
	err_at(&e, conf_where(c, c, "ticket-key-file"));
	faults_add(faults, &e);
}

/* Bad ranges of addresses were reported with the configuration. */
static void
load_ranges(struct generation *g, struct faults *faults)
{
	struct err e = { .kind = ERR_CONFIG };

	g->from = calloc(g->conf->n_fronts + 1, sizeof *g->from);
	if (g->from == NULL)
		err_memory(&e, NULL);
	for (size_t i = 0; g->from != NULL && i < g->conf->n_fronts; i++) {
		const struct strlist *w =
		    &g->conf->fronts[i].inbound.proxy_from;

		(void)cidrs_read(&g->from[i], w->word, w->n, &e);
	}
	if (e.kind == ERR_OS)
		faults_add(faults, &e);
}

static void
load_rest(struct generation *g, struct faults *faults)
{
	const struct conf *c = g->conf;
	struct err e;

	if (backend_init(&g->backend, c->backend, &e) != 0) {
		err_at(&e, conf_where(c, c, "backend"));
		faults_add(faults, &e);
	}
	if (os_check_user(c->user, c->group, c->chroot, &e) != 0) {
		err_at(&e, conf_where(c, c, c->user != NULL ? "user" :
		    c->group != NULL ? "group" : "chroot"));
		faults_add(faults, &e);
	}
	if (sandbox_check(c->sandbox, &e) != 0) {
		err_at(&e, conf_where(c, c, "sandbox"));
		faults_add(faults, &e);
	}
	if (c->stats_listen != NULL && !http_built) {
		err_set(&e, "stats-listen: this program was built without "
		    "libmicrohttpd");
		err_at(&e, conf_where(c, c, "stats-listen"));
		faults_add(faults, &e);
	}
	listeners_find(&g->listeners, c, faults);
	stats_listeners_find(&g->stats_listeners, c, faults);
}

struct generation *
generation_load(struct conf *conf, struct cert_store *store,
    const struct slot *tickets, struct faults *faults)
{
	struct generation *g = calloc(1, sizeof *g);
	struct err e;

	if (g == NULL) {
		conf_free(conf);
		err_memory(&e, NULL);
		faults_add(faults, &e);
		return NULL;
	}
	g->conf = conf;
	g->tickets = tickets;
	g->n_workers = conf->workers > 0 ? (size_t)conf->workers :
	    (size_t)os_cpus();
	cert_store_begin(store, &g->load);
	g->load.insecure_keys = conf->allow_loose_keys;
	load_certs(g, faults);
	load_sites(g, tickets, faults);
	load_ticket_keys(g, faults);
	load_ranges(g, faults);
	load_rest(g, faults);
	cert_warn(&g->load, time(NULL));
	return g;
}

int
generation_open(struct generation *g, const struct generation *old,
    const struct listeners *handed, struct stats *stats, struct err *e)
{
	g->stats = stats;
	g->place = calloc(g->conf->n_fronts + 1, sizeof *g->place);
	if (g->place == NULL)
		return err_memory(e, NULL);
	for (size_t i = 0; i < g->conf->n_fronts; i++)
		g->place[i] = stats_front(stats, g->conf->fronts[i].name);
	if (listeners_open(&g->listeners, old != NULL ? &old->listeners :
	    handed, g->conf, g->n_workers, e) != 0)
		return -1;
	return stats_listeners_open(&g->stats_listeners, old != NULL ?
	    &old->stats_listeners : NULL, g->conf, e);
}

static struct listener
listener_of(const struct generation *g, const struct listener_row *row,
    size_t k)
{
	const struct frontend_conf *f = &g->conf->fronts[row->front];

	return (struct listener){ .fd = row->fd[k], .site = g->site[row->front],
	    .place = g->place[row->front],
	    .from = f->inbound.accept_proxy ? &g->from[row->front] : NULL };
}

struct listener *
generation_listeners(const struct generation *g, unsigned worker, size_t *n)
{
	struct listener *listeners = NULL;
	size_t all = 0;

	*n = 0;
	for (size_t i = 0; i < g->listeners.n; i++)
		all += g->listeners.row[i].n;
	if ((listeners = calloc(all + 1, sizeof *listeners)) == NULL)
		return NULL;
	for (size_t i = 0; i < g->listeners.n; i++) {
		const struct listener_row *row = &g->listeners.row[i];

		for (size_t k = worker; k < row->n; k += g->n_workers)
			listeners[(*n)++] = listener_of(g, row, k);
	}
	return listeners;
}

struct sandbox_config
generation_sandbox(const struct generation *g)
{
	return (struct sandbox_config){ .mode = g->conf->sandbox,
	    .backend = &g->backend.at, .syslog = g->conf->syslog,
	    /* Otherwise only keyguard and signers use tokens. */
	    .tokens = !g->conf->key_isolation && pkcs11_wanted(g->conf) };
}

char *
generation_sandbox_text(const struct generation *g, char *out, size_t size)
{
	struct sandbox_config config = generation_sandbox(g);

	config.tokens = pkcs11_wanted(g->conf);
	return sandbox_text(&config, out, size);
}

static void
announce_sandbox(const struct generation *g)
{
	char text[SANDBOX_TEXT];

	generation_sandbox_text(g, text, sizeof text);
	if (sandbox_complete(g->conf->sandbox))
		log_info("sandbox: %s", text);
	else
		log_warn("sandbox: %s", text);
}

void
generation_announce(const struct generation *g, const struct generation *old)
{
	listeners_announce(&g->listeners, old != NULL ? &old->listeners : NULL);
	stats_listeners_announce(&g->stats_listeners, old != NULL ?
	    &old->stats_listeners : NULL);
	log_info("generation %u serves with %zu workers", g->number,
	    g->n_workers);
	announce_sandbox(g);
	log_info("certificates read: %lu", g->load.reads);
	/* Clients without server name get it, and users ask why. */
	for (size_t i = 0; i < g->conf->n_fronts; i++)
		log_info("frontend %s: default certificate %s",
		    g->conf->fronts[i].name, site_default(g->site[i])->file);
}

void
generation_forget_keys(struct generation *g)
{
	if (g->ticket_keys != NULL)
		OPENSSL_cleanse(g->ticket_keys, sizeof *g->ticket_keys);
	free(g->ticket_keys);
	g->ticket_keys = NULL;
}

void
generation_free(struct generation *g)
{
	if (g == NULL)
		return;
	listeners_close(&g->listeners);
	stats_listeners_close(&g->stats_listeners, NULL);
	for (size_t i = 0; g->site != NULL && i < g->conf->n_fronts; i++)
		site_free(g->site[i]);
	free(g->site);
	for (size_t i = 0; g->from != NULL && i < g->conf->n_fronts; i++)
		cidrs_free(&g->from[i]);
	free(g->from);
	generation_forget_keys(g);
	cert_set_clear(&g->certs);
	cert_store_end(&g->load);
	backend_clear(&g->backend);
	free(g->place);
	conf_free(g->conf);
	free(g);
}
