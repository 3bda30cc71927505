/*
 * hello.h - what one ClientHello says, and which certificates suit it.
 *
 * hello_read() ignores what it cannot parse: OpenSSL parses the message too,
 * and sends the alert.
 */
#ifndef OFFLOADER_HELLO_H
#define OFFLOADER_HELLO_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "cert/cert.h"

/* A list of 16-bit numbers as it came; not given: empty. */
struct codes {
	const unsigned char *at;	/* borrowed from the hello */
	size_t n;
	bool given;
};

struct hello {
	char name[TLSEXT_MAXLEN_host_name + 1];	/* as written; "": none */
	bool literal;			/* which is an address: no name */
	struct codes versions;
	struct codes suites;
	struct codes schemes;		/* signature_algorithms */
	struct codes cert_schemes;	/* signature_algorithms_cert */
	struct codes groups;
};

/* Only within the ClientHello callback, as long as which it is valid. */
void hello_read(struct hello *, SSL *);

bool codes_have(const struct codes *, unsigned code);

/* Parsers of one extension, for hello_read() and for tests. */
void hello_parse_name(struct hello *, const unsigned char *, size_t);
struct codes hello_parse_codes(const unsigned char *, size_t,
    size_t len_bytes);

/*
 * True if a handshake can succeed with the certificate, as OpenSSL will see it,
 * by what the client supports and the session allows. Also true for keys of a
 * rare kind, of which this is not known.
 */
bool cert_match(const struct cert *, const struct hello *, SSL *);

#endif
