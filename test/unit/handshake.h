/*
 * handshake.h - one handshake of a client with a frontend.
 */
#ifndef TEST_HANDSHAKE_H
#define TEST_HANDSHAKE_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "config/conf.h"
#include "folder.h"
#include "issuer.h"
#include "tls/site.h"

/* A frontend and all that it stands on. */
struct frontend_fixture {
	struct conf *conf;
	struct keyring *ring;
	struct cert_store *store;
	struct cert_load load;
	struct cert_set global;
	struct slot *tickets;
	struct site *site;		/* NULL: refused */
	char said[4096];		/* each fault in a line */
};

/*
 * Options outside of the frontend, at most seven lines, and those in it, which
 * begin at line 10. "@" stands for the folder.
 */
void frontend_build(struct frontend_fixture *, const struct folder *,
    const char *global, const char *front);
void frontend_clear(struct frontend_fixture *);

struct handshake {
	int version;			/* TLS1_2_VERSION ...; 0: any */
	const char *name;		/* asked for; NULL: none */
	const char *groups;		/* offered; NULL: OpenSSL's own */
	const char *schemes;		/* likewise */
	const char *ciphers;		/* likewise */
	const struct test_cert *test_cert;	/* shown if asked; NULL: none */
	SSL_SESSION *session;		/* resumed if the server wants to */

	bool in;			/* it was let in */
	bool resumed;
	int alert;			/* that the server sent; 0: none */
	X509 *shown;			/* NULL: not in */
	SSL_SESSION *next;
	struct site_choice choice;
};

void handshake_run(struct handshake *, const struct frontend_fixture *);
void handshake_clear(struct handshake *);

/* Whether it was let in and has seen this test_cert. */
bool handshake_saw(const struct handshake *, const struct test_cert *);

/* A client session as above, and one that the test drives itself. */
SSL *handshake_client(struct handshake *);

#endif
