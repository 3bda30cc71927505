/*
 * hello.c - what one ClientHello says, as far as our choice depends on it.
 */
#include <arpa/inet.h>
#include <string.h>

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
	size_t n;

	h->name[0] = '\0';
	h->literal = false;
	if (len < 5 || (size_t)(ext[0] << 8 | ext[1]) != len - 2 ||
	    ext[2] != TLSEXT_NAMETYPE_host_name)
		return;
	n = (size_t)(ext[3] << 8 | ext[4]);
	if (n != len - 5 || n > TLSEXT_MAXLEN_host_name ||
	    memchr(ext + 5, '\0', n) != NULL)
		return;
	memcpy(h->name, ext + 5, n);
	h->name[n] = '\0';
	h->literal = is_address(h->name);
}

/* A vector of numbers behind its length in bytes. */
struct codes
hello_parse_codes(const unsigned char *ext, size_t len, size_t len_bytes)
{
	size_t n = 0;

	if (len < len_bytes)
		return (struct codes){ 0 };
	for (size_t i = 0; i < len_bytes; i++)
		n = n << 8 | ext[i];
	if (n != len - len_bytes || n == 0 || n % 2 != 0)
		return (struct codes){ 0 };
	return (struct codes){ ext + len_bytes, n / 2, true };
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
