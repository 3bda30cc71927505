/*
 * cert_check.c - what is wrong with a certificate that can be loaded.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/obj_mac.h>

#include "cert/cert.h"
#include "cert/cert_check.h"

#define DAY	86400
#define RSA_BITS	2048	/* what clients ask for at least */
#define EC_BITS		256

/* ------------------------------------------------- what stays ---------- */

static bool
is_weak(int bits, int enough)
{
	return bits > 0 && bits < enough;
}

static bool
is_self_signed(const struct cert_facts *f)
{
	return f->issuer.len == f->subject.len && memcmp(f->issuer.bytes,
	    f->subject.bytes, f->subject.len) == 0;
}

static unsigned
check_chain(const struct cert_facts *f, const struct chain_fit *fit)
{
	unsigned set = 0;

	if (fit->moved)
		set |= CERT_BIT(CERT_CHAIN_MENDED);
	if (fit->left_out > 0)
		set |= CERT_BIT(CERT_CHAIN_TRIMMED);
	if (fit->has_issuer)
		return set;
	if (is_self_signed(f))
		return set | CERT_BIT(CERT_SELF_SIGNED);
	/*
	 * An issuer that is a root need not be sent. It hardly is one where
	 * its certificate is offered for fetching, or where the file has
	 * others.
	 */
	if (f->uses.issuer_online || fit->n > 0 || fit->left_out > 0)
		return set | CERT_BIT(CERT_CHAIN_INCOMPLETE);
	return set | CERT_BIT(CERT_ISSUER_NOT_THERE);
}

unsigned
cert_check(const struct cert_facts *f, const struct chain_fit *fit)
{
	unsigned set = check_chain(f, fit);

	/* A SAN with nothing in it that clients ask for, or no name at all. */
	if (f->dns.n == 0 && f->ip.n == 0)
		set |= CERT_BIT(CERT_NAMELESS);
	else if (!f->uses.has_sans)
		set |= CERT_BIT(CERT_WITHOUT_SAN);
	if (is_weak(f->rsa_bits, RSA_BITS) || is_weak(f->ec_bits, EC_BITS))
		set |= CERT_BIT(CERT_WEAK_KEY);
	/* Nobody verifies how a certificate signed itself. */
	if ((f->digest == NID_sha1 || f->digest == NID_md5) &&
	    !is_self_signed(f))
		set |= CERT_BIT(CERT_WEAK_SIGNATURE);
	if (!f->uses.serve)
		set |= CERT_BIT(CERT_NOT_TO_SERVE);
	if (!f->uses.sign)
		set |= CERT_BIT(CERT_NOT_TO_SIGN);
	return set;
}

const char *
cert_check_chain(const struct cert *c)
{
	/* The worst first. */
	static const struct { enum cert_finding finding; const char *word; }
	rows[] = {
		{ CERT_CHAIN_INCOMPLETE, "incomplete" },
		{ CERT_CHAIN_MENDED, "mended" },
		{ CERT_CHAIN_TRIMMED, "mended" },
		{ CERT_ISSUER_NOT_THERE, "no issuer" },
		{ CERT_SELF_SIGNED, "self-signed" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (c->findings & CERT_BIT(rows[i].finding))
			return rows[i].word;
	return "complete";
}

/* ------------------------------------------------- what time does ------ */

/* Rounded down, also below 0. */
long
cert_check_days(const struct cert *c, time_t now)
{
	time_t left = c->not_after - now;

	return (long)(left >= 0 ? left / DAY : -((DAY - 1 - left) / DAY));
}

unsigned
cert_check_time(const struct cert *c, time_t now)
{
	static const struct { long days; enum cert_finding finding; }
	rows[] = {
		{ 0, CERT_EXPIRED }, { 1, CERT_ENDS_IN_1_DAY },
		{ 7, CERT_ENDS_IN_7_DAYS }, { 14, CERT_ENDS_IN_14_DAYS },
		{ 30, CERT_ENDS_IN_30_DAYS },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (cert_check_days(c, now) < rows[i].days)
			return CERT_BIT(rows[i].finding);
	return now < c->not_before ? CERT_BIT(CERT_NOT_YET_VALID) : 0;
}

/* ------------------------------------------------- sentences ----------- */

/* Before and after the detail, if there is one; and about many. */
static const struct {
	const char *before, *after, *many;
} sentences[] = {
	[CERT_ENDS_IN_30_DAYS] = { "it expires in ", "",
	    "expire within 30 days" },
	[CERT_ENDS_IN_14_DAYS] = { "it expires in ", "",
	    "expire within 14 days" },
	[CERT_ENDS_IN_7_DAYS] = { "it expires in ", "",
	    "expire within 7 days" },
	[CERT_ENDS_IN_1_DAY] = { "it expires in ", "",
	    "expire within a day" },
	[CERT_EXPIRED] = { "it expired ", " ago", "have expired" },
	[CERT_NOT_YET_VALID] = { "it is not valid before ", "",
	    "are not valid yet" },
	[CERT_NAMELESS] = { "it has no name that a client can ask for", "",
	    "have no name that a client can ask for" },
	[CERT_WITHOUT_SAN] = { "it has no subjectAltName: most clients ignore "
	    "the common name", "", "have no subjectAltName" },
	[CERT_WEAK_KEY] = { "its key is weak (", "): use RSA with 2048 bits, "
	    "or P-256", "have a weak key" },
	[CERT_WEAK_SIGNATURE] = { "it is signed with ", ", which most clients "
	    "do not trust", "have a weak signature" },
	[CERT_NOT_TO_SERVE] = { "it is not for servers: serverAuth is missing "
	    "in its extendedKeyUsage", "", "are not for servers" },
	[CERT_NOT_TO_SIGN] = { "it is not for handshakes: digitalSignature is "
	    "missing in its keyUsage", "", "are not for handshakes" },
	[CERT_CHAIN_MENDED] = { "its chain is in the wrong order; it is sent "
	    "in the correct order", "", "have a chain in the wrong order" },
	[CERT_CHAIN_TRIMMED] = { "unrelated certificates in the file are left "
	    "out: ", "", "have unrelated certificates in the file" },
	[CERT_CHAIN_INCOMPLETE] = { "the file lacks the issuer's certificate; "
	    "clients may not find it elsewhere", "",
	    "lack their issuer's certificate" },
	[CERT_ISSUER_NOT_THERE] = { "the file lacks the issuer's certificate; "
	    "this is correct if the issuer is a root", "",
	    "lack their issuer's certificate, which may be a root" },
	[CERT_SELF_SIGNED] = { "it is self-signed", "", "are self-signed" },
};

static const char *
put_days(char *out, size_t size, long days)
{
	if (days == 0)
		return "less than a day";
	snprintf(out, size, "%ld day%s", days, days == 1 ? "" : "s");
	return out;
}

static const char *
put_date(char *out, size_t size, time_t t)
{
	struct tm tm;

	return gmtime_r(&t, &tm) != NULL &&
	    strftime(out, size, "%Y-%m-%d", &tm) > 0 ? out : "its time";
}

static const char *
detail(char *out, size_t size, enum cert_finding finding,
    const struct cert *c, time_t now)
{
	switch (finding) {
	case CERT_ENDS_IN_30_DAYS:
	case CERT_ENDS_IN_14_DAYS:
	case CERT_ENDS_IN_7_DAYS:
	case CERT_ENDS_IN_1_DAY:
		return put_days(out, size, cert_check_days(c, now));
	case CERT_EXPIRED:
		return put_days(out, size, -1 - cert_check_days(c, now));
	case CERT_NOT_YET_VALID:
		return put_date(out, size, c->not_before);
	case CERT_WEAK_KEY:
		return c->key_alg;
	case CERT_WEAK_SIGNATURE:
		return c->sig_alg;
	case CERT_CHAIN_TRIMMED:
		snprintf(out, size, "%u", c->left_out);
		return out;
	case CERT_NAMELESS:
	case CERT_WITHOUT_SAN:
	case CERT_NOT_TO_SERVE:
	case CERT_NOT_TO_SIGN:
	case CERT_CHAIN_MENDED:
	case CERT_CHAIN_INCOMPLETE:
	case CERT_ISSUER_NOT_THERE:
	case CERT_SELF_SIGNED:
		break;
	}
	return "";
}

char *
cert_check_say(char *out, size_t size, enum cert_finding finding,
    const struct cert *c, time_t now)
{
	char text[32];

	snprintf(out, size, "%s%s%s", sentences[finding].before,
	    detail(text, sizeof text, finding, c, now),
	    sentences[finding].after);
	return out;
}

char *
cert_check_say_more(char *out, size_t size, enum cert_finding finding,
    size_t more)
{
	snprintf(out, size, "%zu more certificates %s", more,
	    sentences[finding].many);
	return out;
}
