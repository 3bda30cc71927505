/*
 * visit.h - a client comes to a frontend, and what it is shown.
 */
#ifndef TEST_VISIT_H
#define TEST_VISIT_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "config/conf.h"
#include "folder.h"
#include "issuer.h"
#include "tls/site.h"

/* A frontend and all that it stands on. */
struct house {
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
void house_build(struct house *, const struct folder *, const char *global,
    const char *front);
void house_clear(struct house *);

struct visit {
	int version;			/* TLS1_2_VERSION ...; 0: any */
	const char *name;		/* asked for; NULL: none */
	const char *groups;		/* offered; NULL: OpenSSL's own */
	const char *schemes;		/* likewise */
	const char *ciphers;		/* likewise */
	const struct paper *paper;	/* shown if asked; NULL: none */
	SSL_SESSION *session;		/* resumed if the server wants to */

	bool in;			/* it was let in */
	bool resumed;
	int alert;			/* that the server sent; 0: none */
	X509 *shown;			/* NULL: not in */
	SSL_SESSION *next;
	struct site_choice choice;
};

void visit_pay(struct visit *, const struct house *);
void visit_clear(struct visit *);

/* Whether it was let in and has seen this paper. */
bool visit_saw(const struct visit *, const struct paper *);

/* A client session as above, and one that the test drives itself. */
SSL *visit_client(struct visit *);

#endif
