/*
 * config_test.c - checks a configuration without serving it (--test).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cert/cert_report.h"
#include "keys/keyring_local.h"
#include "log/log.h"
#include "master/generation.h"
#include "master/config_test.h"

#define WIDTH	100		/* of the table of certificates */

/* Table lines are cut to the width of a terminal. */
static void
load(struct conf *conf, struct cert_store *store, const struct slot *tickets,
    struct faults *faults)
{
	size_t width = isatty(STDOUT_FILENO) ? WIDTH : 0;
	struct generation *g;
	struct progress p;

	progress_begin(&p, STDERR_FILENO, "certificates read");
	cert_store_watch(store, &p);
	g = generation_load(conf, store, tickets, faults);
	cert_store_watch(store, NULL);
	progress_end(&p);
	if (g != NULL)
		cert_table_print(stdout, &g->load, time(NULL), width);
	fflush(stdout);
	generation_free(g);
}

/* After the table, where they are seen. */
static void
report_faults(struct faults *faults, char *const *text, const size_t *len)
{
	if (faults->held == NULL)
		return;
	fclose(faults->held);
	for (size_t i = 0; i < *len; i += strlen(*text + i) + 1)
		faults->say(*text + i);
	free(*text);
}

int
config_test(struct conf *conf, void (*say)(const char *))
{
	struct faults faults = { .say = say, .n = conf->faulty };
	const struct log_sink terminal = { .level = conf->log_level };
	struct slot *tickets = slot_new();
	struct keyring *ring = keyring_local_new();
	struct cert_store *store = ring != NULL ? cert_store_new(ring) : NULL;
	char *text = NULL;
	size_t len = 0;
	struct err e;

	log_open(&terminal, &e);
	/* If this fails, each fault is reported at once. */
	faults.held = open_memstream(&text, &len);
	if (store != NULL)
		load(conf, store, tickets, &faults);
	else {
		err_memory(&e, NULL);
		faults_add(&faults, &e);
		conf_free(conf);
	}
	report_faults(&faults, &text, &len);
	cert_store_free(store);
	keyring_free(ring);
	slot_free(tickets);
	return faults.n == 0 ? 0 : err_exit_status(&faults.first);
}
