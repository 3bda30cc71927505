/*
 * site.h - a frontend ready to serve: which certificate, under which policy.
 *
 * One SSL_CTX for the whole frontend. Certificate and policy are chosen in the
 * ClientHello callback: in the servername callback a session might already
 * have been resumed where it must not be.
 */
#ifndef OFFLOADER_SITE_H
#define OFFLOADER_SITE_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "base/slot.h"
#include "cert/cert_set.h"
#include "config/conf.h"
#include "tls/ticket.h"

struct site;

/* What one ClientHello led to. Belongs to the session it was given to. */
struct site_choice {
	const struct cert *cert;	/* shown, or to be shown */
	char *sni;			/* as the client wrote it; NULL: none */
	bool made;
	const char *refused;		/* why it was sent away; NULL: not */
	char *ja4;			/* see ja4.h; NULL: unknown */
	struct ticket_count tickets;
};

struct site_parts {
	const struct conf *conf;		/* borrowed */
	const struct frontend_conf *front;	/* borrowed */
	const struct cert_set *global;		/* borrowed */
	const struct slot *tickets;		/* borrowed */
	struct cert_load *load;			/* borrowed */
};

/*
 * Loads the frontend's own certificates and builds its policies. Every fault
 * is added; NULL if there was one. The caller calls site_free().
 */
struct site *site_new(const struct site_parts *, struct faults *);
void site_free(struct site *);

const struct frontend_conf *site_frontend(const struct site *);

/* Shown to a client that names no name. */
const struct cert *site_default(const struct site *);

/* A server session that will fill the choice in. NULL: out of memory. */
SSL *site_open(const struct site *, struct site_choice *);
void site_choice_clear(struct site_choice *);

#endif
