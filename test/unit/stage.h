/*
 * stage.h - a frontend ready to serve, made of a few lines of configuration.
 */
#ifndef TEST_STAGE_H
#define TEST_STAGE_H

#include "config/conf.h"
#include "folder.h"
#include "issuer.h"
#include "relay/relay.h"
#include "tls/site.h"
#include "tls/tls_bio.h"

#define STAGE_SCRATCH	(128 * 1024)

struct stage {
	struct folder folder;
	struct paper paper;		/* of a.example and *.b.example */
	struct paper ca, client;	/* ca.pem in the folder; of that CA */
	struct conf *conf;
	struct keyring *ring;
	struct cert_store *store;
	struct cert_load load;
	struct cert_set global;
	struct slot *tickets;
	struct site *site;
	struct tls_buffers buffers;		/* and what else a worker has */
	struct pool pool;
	struct scratch scratch;
};

/*
 * Options are lines of the frontend's block. In them "@" stands for the
 * folder, in which there are server.pem (the default certificate), ed25519.pem
 * (of the same names) and ca.pem.
 * -1: what is wrong was printed.
 */
int stage_make(struct stage *, const char *options);

/* The same with a key of another kind (see issuer.h). */
int stage_make_kind(struct stage *, const char *options, const char *kind);

/* The same with keys on another ring, which becomes the stage's. */
int stage_make_on(struct stage *, const char *options, const char *kind,
    struct keyring *);
void stage_clear(struct stage *);

#endif
