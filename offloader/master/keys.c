/*
 * keys.c - the part of the master that has a keyguard, or keys.
 */
#include <unistd.h>

#include "keyguard/pkcs11.h"
#include "keys/keyring_local.h"
#include "log/log.h"
#include "master/log_files.h"
#include "master/master_parts.h"
#include "signing/provider.h"

/* In the keyguard. */
static void
leave(void *master)
{
	struct master *m = master;
	const struct generation *g;

	TAILQ_FOREACH(g, &m->succession.all, entry)
		crew_close(g, NULL);
	/* Later they are seats, and their numbers may be anything's. */
	if (TAILQ_EMPTY(&m->succession.all))
		os_handed_close(&m->start->handed->sockets);
	master_leave(m);
}

static void
on_back(void *master)
{
	struct master *m = master;
	struct generation *g;

	TAILQ_FOREACH(g, &m->succession.all, entry)
		signers_hand_over(&g->signers);
}

int
master_begin_keyguard(struct master *m, const struct conf *c, struct err *e)
{
	const struct sandbox_wish wish = { .mode = c->sandbox,
	    .tokens = tokens_wanted(c) };

	/* One that would not begin must not take the place of one that has. */
	if (sandbox_check(c->sandbox, e) != 0)
		return err_at(e, conf_where(c, c, "sandbox"));
	return c->key_isolation ? keylink_start(&m->keylink, &wish, e) : 0;
}

int
master_open_keys(struct master *m, const struct conf *c, struct err *e)
{
	static const struct keylink_watch watch = { leave, on_back };

	if (c->key_isolation) {
		keylink_init(&m->keylink, m->loop, &watch, m, c->daemon);
		if (master_begin_keyguard(m, c, e) != 0 ||
		    key_provider_load(e) != 0)
			return -1;
		m->ring = &m->keylink.ring;
	} else {
		log_warn("key-isolation = off: every worker has all private "
		    "keys in its memory");
		m->ring = keyring_local_new();
	}
	if (m->ring == NULL || (m->store = cert_store_new(m->ring)) == NULL)
		return err_set_kind(e, ERR_OS, "out of memory");
	return 0;
}

void
master_close_keys(struct master *m)
{
	cert_store_free(m->store);
	keyring_free(m->ring);
	keylink_stop(&m->keylink);
}

void
master_share_log(struct master *m)
{
	logbook_share(&m->succession);
	keylink_log(&m->keylink, LOG_PART_FILE);
}
