/*
 * cert_facts.h - what a certificate says, read without decoding its key.
 *
 * d2i_X509() decodes the public key as well, which takes longer than all the
 * rest. What is taken here, d2i_X509() takes too.
 */
#ifndef OFFLOADER_CERT_FACTS_H
#define OFFLOADER_CERT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* In the order in which they are preferred. */
enum cert_kind {
	CERT_ECDSA,		/* on a curve that TLS 1.3 has a scheme for */
	CERT_ED25519,
	CERT_RSA,		/* rsaEncryption */
	CERT_OTHER
};

#define CERT_KINDS	(CERT_OTHER + 1)

/* Borrowed bytes. */
struct cert_part {
	const unsigned char *bytes;
	size_t len;
};

/* Names one after the other, each with a NUL at its end. */
struct cert_names {
	char *text;
	size_t n, size;
};

#define CERT_KEY_ID	64	/* bytes; a longer one counts as none */

/* From its extensions: what none forbids is allowed. */
struct cert_uses {
	bool serve;		/* TLS servers, by extendedKeyUsage */
	bool sign;		/* signatures, by keyUsage */
	bool has_sans;		/* whatever is in them */
	bool issuer_online;	/* its issuer's certificate can be fetched */
	unsigned char key_id[CERT_KEY_ID];	/* of its issuer's key */
	size_t key_id_len;			/* 0: not said */
};

struct cert_facts {
	size_t len;		/* of its DER: what follows is not read */
	struct cert_names dns;	/* SANs; the CN only where there is no SAN */
	struct cert_names ip;	/* SANs, as inet_ntop() writes them */
	time_t not_before, not_after;
	struct cert_part subject, issuer;	/* DER */
	bool ca;
	enum cert_kind kind;
	uint16_t scheme;	/* TLS 1.3's for this key; 0: several, none */
	int curve;		/* of an EC key, its NID; else 0 */
	int rsa_bits, ec_bits;	/* 0: no such key, or none that is known */
	char key_alg[16];	/* "EC256", "RSA2048": as HAProxy says it */
	const char *sig_alg;	/* "RSA-SHA256": how its issuer signed it */
	int digest;		/* of that, its NID; 0: none, or PSS */
	struct cert_uses uses;
	struct cert_part key;	/* subjectPublicKey, without its wrapping */
	struct cert_asn1 *asn1;	/* private: holds the parts above */
};

/*
 * Reads one certificate. -1: it is damaged, or memory ran out. The caller
 * calls cert_facts_clear() after success.
 */
int cert_facts_read(struct cert_facts *, const unsigned char *der, size_t len);
void cert_facts_clear(struct cert_facts *);

#endif
