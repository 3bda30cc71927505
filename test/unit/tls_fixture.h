/*
 * tls_fixture.h - a frontend ready to serve, made of a few lines of
 * configuration.
 */
#ifndef TEST_TLS_FIXTURE_H
#define TEST_TLS_FIXTURE_H

#include "config/conf.h"
#include "folder.h"
#include "issuer.h"
#include "relay/relay.h"
#include "tls/site.h"
#include "tls/tls_bio.h"

#define STAGE_SCRATCH	(128 * 1024)

struct tls_fixture {
	struct folder folder;
	struct test_cert test_cert;	/* of a.example and *.b.example */
	struct test_cert ca, client;	/* ca.pem in the folder; of that CA */
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
int tls_fixture_make(struct tls_fixture *, const char *options);

/* The same with a key of another kind (see issuer.h). */
int tls_fixture_make_kind(struct tls_fixture *, const char *options,
    const char *kind);

/* The same with keys on another ring, which becomes the fixture's. */
int tls_fixture_make_on(struct tls_fixture *, const char *options,
    const char *kind, struct keyring *);
void tls_fixture_clear(struct tls_fixture *);

#endif
