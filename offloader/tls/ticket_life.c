/*
 * ticket_life.c - how long a session may be resumed.
 */
#include <time.h>

#include <openssl/x509.h>

#include "base/bytes.h"
#include "tls/site.h"
#include "tls/ticket_life.h"

#define SKEW	60	/* seconds that two machines' clocks may be apart */

int64_t
ticket_life_of_certs(const STACK_OF(X509) *certs)
{
	int64_t ends = INT64_MAX;

	for (int i = 0; certs != NULL && i < sk_X509_num(certs); i++) {
		const ASN1_TIME *t =
		    X509_get0_notAfter(sk_X509_value(certs, i));
		struct tm tm;
		int64_t end;

		/* A malformed time counts as past. */
		end = ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
		if (end < ends)
			ends = end;
	}
	return ends;
}

int64_t
ticket_life_left(const struct ticket_life *l, int64_t timeout, int64_t now)
{
	int64_t left;

	if (l->begun < 0 || l->begun - now > SKEW || l->ends <= now)
		return 0;
	left = l->begun > now ? timeout : timeout - (now - l->begun);
	if (l->ends - now < left)
		left = l->ends - now;
	return left > 0 ? left : 0;
}

void
ticket_life_put(const struct ticket_life *l, uint8_t bytes[TICKET_LIFE_SIZE])
{
	struct bytes_out out = { .at = bytes, .size = TICKET_LIFE_SIZE };

	bytes_put_number(&out, (uint64_t)l->begun, 8);
	bytes_put_number(&out, (uint64_t)l->ends, 8);
}

bool
ticket_life_get(struct ticket_life *l, const uint8_t *bytes, size_t len)
{
	struct bytes_in in = { .at = bytes, .left = len };

	if (len != TICKET_LIFE_SIZE)
		return false;
	l->begun = (int64_t)bytes_number(&in, 8);
	l->ends = (int64_t)bytes_number(&in, 8);
	return true;
}

static bool
life_of(SSL_SESSION *s, struct ticket_life *l)
{
	void *bytes;
	size_t len;

	return SSL_SESSION_get0_ticket_appdata(s, &bytes, &len) == 1 &&
	    ticket_life_get(l, bytes, len);
}

/* Of the certificates that were looked at, or else of the client's own. */
static int64_t
end_of_certs(const SSL *ssl)
{
	const STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	X509 *peer = SSL_get0_peer_certificate(ssl);
	STACK_OF(X509) *one;
	int64_t ends = 0;

	if (peer == NULL)
		return INT64_MAX;
	if (chain != NULL && sk_X509_num(chain) > 0)
		return ticket_life_of_certs(chain);
	/* Without memory: a session that is not resumed. */
	if ((one = sk_X509_new_null()) != NULL && sk_X509_push(one, peer) > 0)
		ends = ticket_life_of_certs(one);
	sk_X509_free(one);
	return ends;
}

/* A session that is no site's has none. */
static void
count_tickets(SSL *ssl, unsigned issued, unsigned expired)
{
	struct site_choice *choice = SSL_get_app_data(ssl);

	if (choice == NULL)
		return;
	choice->tickets.issued += issued;
	choice->tickets.expired += expired;
}

/* A ticket is about to be given out. 0 would end the connection. */
static int
on_give(SSL *ssl, void *arg)
{
	SSL_SESSION *s = SSL_get_session(ssl);
	uint8_t bytes[TICKET_LIFE_SIZE];
	int64_t now = time(NULL), end;
	struct ticket_life l;

	(void)arg;
	if (!SSL_session_reused(ssl) || !life_of(s, &l))
		l = (struct ticket_life){ now, end_of_certs(ssl) };
	ticket_life_put(&l, bytes);
	end = now + ticket_life_left(&l,
	    SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl)), now);
	/* The lifetime sent to the client; TLS 1.3 counts from each ticket. */
	end -= SSL_SESSION_get_time(s);
	/* Never 0: OpenSSL reads that back as 3, and takes it for a bug. */
	SSL_SESSION_set_timeout(s, end > 0 ? (long)end : 1);
	count_tickets(ssl, 1, 0);
	return SSL_SESSION_set1_ticket_appdata(s, bytes, sizeof bytes);
}

static SSL_TICKET_RETURN
on_take(SSL *ssl, SSL_SESSION *s, const unsigned char *name, size_t len,
    SSL_TICKET_STATUS status, void *arg)
{
	bool opened = status == SSL_TICKET_SUCCESS ||
	    status == SSL_TICKET_SUCCESS_RENEW;
	struct ticket_life l;

	(void)name;
	(void)len;
	(void)arg;
	if (!opened || !life_of(s, &l) || ticket_life_left(&l,
	    SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl)), time(NULL)) == 0) {
		/* EMPTY: the client only offers to take one. */
		count_tickets(ssl, 0,
		    opened || status == SSL_TICKET_NO_DECRYPT);
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	}
	return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE :
	    SSL_TICKET_RETURN_USE_RENEW;
}

void
ticket_life_limit(SSL_CTX *ctx)
{
	SSL_CTX_set_session_ticket_cb(ctx, on_give, on_take, NULL);
}
