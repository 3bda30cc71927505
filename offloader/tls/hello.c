/*
 * hello.c - what one ClientHello says, and which certificates suit it.
 */
#include <arpa/inet.h>
#include <string.h>

#include <openssl/objects.h>

#include "base/bytes.h"
#include "tls/hello.h"

/* RFC 6066 section 3 forbids them there; some clients send them anyway. */
static bool
is_address(const char *name)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, address) == 1 ||
	    inet_pton(AF_INET6, name, address) == 1;
}

/* A server_name list is of one host name (RFC 6066 section 3). */
void
hello_parse_name(struct hello *h, const unsigned char *ext, size_t len)
{
	struct bytes_in in = { .at = ext, .left = len };
	struct bytes_in list = bytes_block(&in, 2), name;
	uint64_t type = bytes_number(&list, 1);

	name = bytes_block(&list, 2);
	h->name[0] = '\0';
	h->literal = false;
	if (name.bad || !bytes_done(&list) || !bytes_done(&in) ||
	    type != TLSEXT_NAMETYPE_host_name ||
	    name.left > TLSEXT_MAXLEN_host_name ||
	    memchr(name.at, '\0', name.left) != NULL)
		return;
	memcpy(h->name, name.at, name.left);
	h->name[name.left] = '\0';
	h->literal = is_address(h->name);
}

/* A vector of numbers behind its length in bytes. */
struct codes
hello_parse_codes(const unsigned char *ext, size_t len, size_t len_bytes)
{
	struct bytes_in in = { .at = ext, .left = len };
	struct bytes_in list = bytes_block(&in, len_bytes);

	if (list.bad || !bytes_done(&in) || list.left == 0 ||
	    list.left % 2 != 0)
		return (struct codes){ 0 };
	return (struct codes){ list.at, list.left / 2, true };
}

bool
codes_have(const struct codes *c, unsigned code)
{
	for (size_t i = 0; i < c->n; i++)
		if ((unsigned)(c->at[2 * i] << 8 | c->at[2 * i + 1]) == code)
			return true;
	return false;
}

static struct codes
read_codes(SSL *ssl, unsigned type, size_t len_bytes)
{
	const unsigned char *ext;
	size_t len;

	if (SSL_client_hello_get0_ext(ssl, type, &ext, &len) != 1)
		return (struct codes){ 0 };
	return hello_parse_codes(ext, len, len_bytes);
}

void
hello_read(struct hello *h, SSL *ssl)
{
	const unsigned char *ext;
	size_t len;

	*h = (struct hello){ 0 };
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &ext,
	    &len) == 1)
		hello_parse_name(h, ext, len);
	h->versions = read_codes(ssl, TLSEXT_TYPE_supported_versions, 1);
	h->schemes = read_codes(ssl, TLSEXT_TYPE_signature_algorithms, 2);
	h->cert_schemes = read_codes(ssl,
	    TLSEXT_TYPE_signature_algorithms_cert, 2);
	h->groups = read_codes(ssl, TLSEXT_TYPE_supported_groups, 2);
	len = SSL_client_hello_get0_ciphers(ssl, &h->suites.at);
	h->suites.n = len / 2;
	h->suites.given = len > 0;
}

/* ------------------------------------------------- certificates that suit - */

/* The newest handshakes it may sign; LEGACY: at security level 0 alone. */
enum reach { LEGACY, TLS12, TLS13 };

/* Signature schemes (RFC 8446 4.2.3) that OpenSSL makes with such keys. */
static const struct scheme {
	unsigned code;
	enum cert_kind kind;
	int nid;		/* of a certificate that was signed with it */
	enum reach upto;
} schemes[] = {
	{ 0x0403, CERT_ECDSA, NID_ecdsa_with_SHA256, TLS13 },
	{ 0x0503, CERT_ECDSA, NID_ecdsa_with_SHA384, TLS13 },
	{ 0x0603, CERT_ECDSA, NID_ecdsa_with_SHA512, TLS13 },
	{ 0x0303, CERT_ECDSA, NID_ecdsa_with_SHA224, TLS12 },
	{ 0x0203, CERT_ECDSA, NID_ecdsa_with_SHA1, LEGACY },
	{ 0x0807, CERT_ED25519, NID_ED25519, TLS13 },
	{ 0x0804, CERT_RSA, NID_rsassaPss, TLS13 },
	{ 0x0805, CERT_RSA, NID_rsassaPss, TLS13 },
	{ 0x0806, CERT_RSA, NID_rsassaPss, TLS13 },
	{ 0x0401, CERT_RSA, NID_sha256WithRSAEncryption, TLS12 },
	{ 0x0501, CERT_RSA, NID_sha384WithRSAEncryption, TLS12 },
	{ 0x0601, CERT_RSA, NID_sha512WithRSAEncryption, TLS12 },
	{ 0x0301, CERT_RSA, NID_sha224WithRSAEncryption, TLS12 },
	{ 0x0201, CERT_RSA, NID_sha1WithRSAEncryption, LEGACY },
	{ 0x0809, CERT_OTHER, NID_rsassaPss, TLS13 },
	{ 0x080a, CERT_OTHER, NID_rsassaPss, TLS13 },
	{ 0x080b, CERT_OTHER, NID_rsassaPss, TLS13 }
};

#define N_SCHEMES	(sizeof schemes / sizeof *schemes)

static bool
will_be_tls13(const struct hello *h, SSL *ssl)
{
	int max = (int)SSL_get_max_proto_version(ssl);

	return codes_have(&h->versions, TLS1_3_VERSION) &&
	    (max == 0 || max >= TLS1_3_VERSION) &&
	    (SSL_get_options(ssl) & SSL_OP_NO_TLSv1_3) == 0;
}

/* Whether the client takes a signature that the key can make. */
static bool
can_sign(const struct cert *c, const struct hello *h, bool tls13, SSL *ssl)
{
	enum reach least = tls13 ? TLS13 :
	    SSL_get_security_level(ssl) > 0 ? TLS12 : LEGACY;

	/* Then SHA-1 is meant (RFC 5246 7.4.1.4.1). */
	if (!h->schemes.given)
		return least == LEGACY && c->kind != CERT_ED25519;
	if (tls13 && c->scheme != 0)
		return codes_have(&h->schemes, c->scheme);
	for (size_t i = 0; i < N_SCHEMES; i++) {
		const struct scheme *s = &schemes[i];

		if (s->kind != c->kind || s->upto < least)
			continue;
		if (codes_have(&h->schemes, s->code))
			return true;
	}
	return false;
}

/* Whether the client takes how its issuer signed the certificate. */
static bool
may_be_signed_so(const struct cert *c, const struct hello *h)
{
	int nid;

	if (!h->cert_schemes.given)
		return true;
	nid = OBJ_sn2nid(c->sig_alg);
	for (size_t i = 0; i < N_SCHEMES; i++)
		if (schemes[i].nid == nid &&
		    codes_have(&h->cert_schemes, schemes[i].code))
			return true;
	return false;
}

static bool
is_allowed(const SSL_CIPHER *cipher, SSL *ssl)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++)
		if (SSL_CIPHER_get_id(sk_SSL_CIPHER_value(all, i)) ==
		    SSL_CIPHER_get_id(cipher))
			return true;
	return false;
}

/* In TLS 1.2 the cipher names the kind of key. */
static bool
has_cipher(const struct cert *c, const struct hello *h, SSL *ssl)
{
	int auth = c->kind == CERT_RSA ? NID_auth_rsa : NID_auth_ecdsa;

	for (size_t i = 0; i < h->suites.n; i++) {
		const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl,
		    h->suites.at + 2 * i);

		if (cipher != NULL && SSL_CIPHER_get_auth_nid(cipher) == auth &&
		    is_allowed(cipher, ssl))
			return true;
	}
	return false;
}

/* And the groups are also those of certificates (RFC 8422 section 4). */
static bool
has_curve(const struct cert *c, const struct hello *h)
{
	if (!h->groups.given)
		return true;
	switch (c->scheme) {
	case 0x0403:	return codes_have(&h->groups, 23);
	case 0x0503:	return codes_have(&h->groups, 24);
	case 0x0603:	return codes_have(&h->groups, 25);
	default:	return true;
	}
}

bool
cert_match(const struct cert *c, const struct hello *h, SSL *ssl)
{
	bool tls13 = will_be_tls13(h, ssl);

	if (c->kind == CERT_OTHER)
		return true;
	if (!can_sign(c, h, tls13, ssl) || !may_be_signed_so(c, h))
		return false;
	return tls13 || (has_cipher(c, h, ssl) && has_curve(c, h));
}
