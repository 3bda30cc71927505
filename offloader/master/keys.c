/*
 * keys.c - the part of the master that starts the keyguard, or has the keys.
 */
#include <unistd.h>

#include "keys/keyring_local.h"
#include "log/log.h"
#include "master/lifecycle.h"
#include "signing/provider.h"
#include "master/keys.h"

/* In the keyguard. */
static void
leave_master(void *master)
{
	struct master *m = master;
	const struct generation *g;

	TAILQ_FOREACH(g, &m->generations.all, entry)
		children_close(g);
	/* Later they are listeners, and their numbers may be reused. */
	if (TAILQ_EMPTY(&m->generations.all))
		os_handed_close(&m->start->handed->sockets);
	master_leave(m);
}

static void
on_back(void *master)
{
	struct master *m = master;
	struct generation *g;

	TAILQ_FOREACH(g, &m->generations.all, entry)
		signer_channels_hand_over(&g->signers);
}

int
master_update_keyguard(struct master *m, const struct conf *c, struct err *e)
{
	const struct sandbox_config sandbox = { .mode = c->sandbox,
	    .tokens = pkcs11_wanted(c) };

	/* One that would not begin must not take the place of one that has. */
	if (sandbox_check(c->sandbox, e) != 0)
		return err_at(e, conf_where(c, c, "sandbox"));
	return c->key_isolation ? keyguard_client_start(&m->keyguard, &sandbox,
	    e) : 0;
}

int
master_open_keys(struct master *m, const struct conf *c, struct err *e)
{
	static const struct keyguard_client_watch watch = { leave_master,
	    on_back };

	if (c->key_isolation) {
		keyguard_client_init(&m->keyguard, m->loop, &watch, m,
		    c->daemon);
		if (master_update_keyguard(m, c, e) != 0 ||
		    provider_load(e) != 0)
			return -1;
		m->ring = &m->keyguard.ring;
	} else {
		log_warn("key-isolation = off: every worker has all private "
		    "keys in its memory");
		m->ring = keyring_local_new();
	}
	if (m->ring == NULL || (m->store = cert_store_new(m->ring)) == NULL)
		return err_memory(e, NULL);
	return 0;
}

void
master_close_keys(struct master *m)
{
	cert_store_free(m->store);
	keyring_free(m->ring);
	keyguard_client_stop(&m->keyguard);
}
