/*
 * hello.h - what one ClientHello says, as far as our choice depends on it.
 *
 * It does not judge: what cannot be parsed is as if it were not there, for
 * OpenSSL will look at it itself and send the alert.
 */
#ifndef OFFLOADER_HELLO_H
#define OFFLOADER_HELLO_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

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

#endif
