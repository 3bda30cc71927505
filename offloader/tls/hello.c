/*
 * hello.c - what one ClientHello says, as far as our choice depends on it.
 */
#include <arpa/inet.h>
#include <string.h>

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
