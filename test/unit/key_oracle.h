/*
 * key_oracle.h - what a TLS server signs, read anew out of the RFCs.
 *
 * Not a line of it is sign_policy_allows.c's: it takes a content to pieces in
 * the order in which the RFCs say it is put together, and looks a signature
 * scheme up by its registered number.
 */
#ifndef TEST_KEY_ORACLE_H
#define TEST_KEY_ORACLE_H

#include <stdbool.h>
#include <string.h>

#include "signing/sign_request.h"

enum oracle_key { ORACLE_RSA, ORACLE_PSS, ORACLE_P256, ORACLE_P384,
    ORACLE_P521, ORACLE_ED25519, ORACLE_ED448 };

struct oracle_in {
	const uint8_t *at, *end;
	bool bad;
};

static inline unsigned
oracle_number(struct oracle_in *in, int bytes)
{
	unsigned n = 0;

	for (; bytes > 0 && !in->bad; bytes--)
		if (in->at == in->end)
			in->bad = true;
		else
			n = n * 256 + *in->at++;
	return n;
}

static inline void
oracle_skip(struct oracle_in *in, size_t n)
{
	if ((size_t)(in->end - in->at) < n)
		in->bad = true;
	else
		in->at += n;
}

/* RFC 8446 4.4.3: octet 32, 64 times; context; 0; Transcript-Hash. */
static inline bool
oracle_is_tls13(const uint8_t *p, size_t len)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";
	struct oracle_in in = { p, p + len, false };
	size_t left;

	for (int i = 0; i < 64; i++)
		if (oracle_number(&in, 1) != 32)
			return false;
	for (const char *c = context; *c != '\0'; c++)
		if (oracle_number(&in, 1) != (unsigned char)*c)
			return false;
	if (oracle_number(&in, 1) != 0 || in.bad)
		return false;
	left = (size_t)(in.end - in.at);
	/* The hashes of the cipher suites of RFC 8446 B.4. */
	return left == 256 / 8 || left == 384 / 8;
}

/*
 * RFC 8422 5.4: ClientHello.random, ServerHello.random, ServerECDHParams. The
 * groups are those of RFC 8446 4.2.7 but the finite fields.
 */
static inline bool
oracle_is_tls12(const uint8_t *p, size_t len)
{
	struct oracle_in in = { p, p + len, false };
	unsigned type, group, size, expected;
	bool weierstrass = true;

	oracle_skip(&in, 32);
	oracle_skip(&in, 32);
	type = oracle_number(&in, 1);
	group = oracle_number(&in, 2);
	size = oracle_number(&in, 1);
	if (in.bad || type != 3)
		return false;
	switch (group) {
	case 0x0017:	expected = 1 + 2 * 32; break;
	case 0x0018:	expected = 1 + 2 * 48; break;
	case 0x0019:	expected = 1 + 2 * 66; break;
	case 0x001d:	expected = 32; weierstrass = false; break;
	case 0x001e:	expected = 56; weierstrass = false; break;
	default:	return false;
	}
	if (size != expected || (size_t)(in.end - in.at) != expected)
		return false;
	return !weierstrass || oracle_number(&in, 1) == 4;
}

/* SignatureScheme (RFC 8446 4.2.3) of an algorithm with a hash; 0: none. */
static inline unsigned
oracle_scheme(unsigned algorithm, unsigned hash)
{
	static const unsigned hashes[] = { 8, 3, 4, 5, 6 };	/* RFC 5246 */

	if (hash > 4)
		return 0;
	switch (algorithm) {
	case 1:	return hash >= 2 ? 0x0802 + hash : 0;
	case 2:	return hash >= 1 ? hashes[hash] << 8 | 1 : 0;
	case 3:	return hash >= 1 ? hashes[hash] << 8 | 3 : 0;
	case 4:	return hash == 0 ? 0x0807 : 0;
	default:	return 0;
	}
}

static inline bool
oracle_accepts(const struct sign_request *a, enum oracle_key key)
{
	static const unsigned curve[] = { [ORACLE_P256] = 0x0403,
	    [ORACLE_P384] = 0x0503, [ORACLE_P521] = 0x0603 };
	unsigned scheme = oracle_scheme(a->algorithm, a->hash);
	bool tls13, tls12;

	if (a->len > sizeof a->content || scheme == 0)
		return false;
	tls13 = oracle_is_tls13(a->content, a->len);
	tls12 = oracle_is_tls12(a->content, a->len);
	switch (key) {
	case ORACLE_RSA:
		/* PKCS1 is for certificates alone in TLS 1.3. */
		return ((scheme & 0xff00) == 0x0800 && scheme != 0x0807 &&
		    (tls13 || tls12)) || ((scheme & 0xff) == 1 && tls12);
	case ORACLE_PSS:
		return (scheme & 0xff00) == 0x0800 && scheme != 0x0807 &&
		    (tls13 || tls12);
	case ORACLE_P256:
	case ORACLE_P384:
	case ORACLE_P521:
		return (scheme == curve[key] && tls13) ||
		    ((scheme & 0xff) == 3 && (scheme & 0xff00) != 0x0800 &&
		    tls12);
	case ORACLE_ED25519:
	case ORACLE_ED448:
		return scheme == 0x0807 && (tls13 || tls12);
	}
	return false;
}

#endif
