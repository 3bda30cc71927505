/*
 * cert_check.h - what is wrong with a certificate that can be loaded.
 *
 * Nothing here keeps a certificate from being served: clients decide.
 */
#ifndef OFFLOADER_CERT_CHECK_H
#define OFFLOADER_CERT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "cert/cert_facts.h"
#include "cert/chain.h"

struct cert;

enum cert_finding {
	/* These depend on the time; the later they are, the worse. */
	CERT_ENDS_IN_30_DAYS,	/* in less than that */
	CERT_ENDS_IN_14_DAYS,
	CERT_ENDS_IN_7_DAYS,
	CERT_ENDS_IN_1_DAY,
	CERT_EXPIRED,
	CERT_NOT_YET_VALID,
	/* These stay what they are. */
	CERT_NAMELESS,
	CERT_WITHOUT_SAN,	/* its name is the CN */
	CERT_WEAK_KEY,
	CERT_WEAK_SIGNATURE,
	CERT_NOT_TO_SERVE,	/* by its extendedKeyUsage */
	CERT_NOT_TO_SIGN,	/* by its keyUsage */
	CERT_CHAIN_MENDED,
	CERT_CHAIN_TRIMMED,	/* certificates were left out */
	CERT_CHAIN_INCOMPLETE,	/* clients will miss the issuer */
	/* And these are no faults, but for people to know. */
	CERT_ISSUER_NOT_THERE,	/* the issuer may be a root */
	CERT_SELF_SIGNED
};

#define CERT_VERDICTS	(CERT_SELF_SIGNED + 1)

/* Sets of findings have a bit for each. */
#define CERT_BIT(finding)	(1u << (finding))
#define CERT_FAULTS		(CERT_BIT(CERT_ISSUER_NOT_THERE) - 1)

/* Those that stay. */
unsigned cert_check(const struct cert_facts *, const struct chain_fit *);

/* Those that do not: one of them at most, as a set. */
unsigned cert_check_time(const struct cert *, time_t now);

/* Whole days; below 0: it has expired. */
long cert_check_days(const struct cert *, time_t now);

/* A sentence about one certificate, or about so many more. Returns out. */
char *cert_check_say(char *out, size_t, enum cert_finding,
    const struct cert *, time_t now);
char *cert_check_say_more(char *out, size_t, enum cert_finding, size_t more);

/* Its chain in a word. */
const char *cert_check_chain(const struct cert *);

#endif
