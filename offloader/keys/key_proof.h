/*
 * key_proof.h - a signature that shows that a key is a certificate's.
 *
 * What is signed is what a TLS 1.3 server signs in a handshake (RFC 8446
 * 4.4.3), so that nothing else can be had of a key, not even now.
 */
#ifndef OFFLOADER_KEY_PROOF_H
#define OFFLOADER_KEY_PROOF_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

/* What TLS 1.3 signs: blanks, this text with its NUL, and a hash. */
#define KEY_PROOF_BLANKS	64
#define KEY_PROOF_CONTEXT	"TLS 1.3, server CertificateVerify"

#define KEY_PROOF_HASH	32	/* bytes in place of a handshake's hash */
#define KEY_PROOF_MAX	2048	/* bytes of a signature; RSA of 16384 bits */

struct key_proof {
	unsigned char hash[KEY_PROOF_HASH];
	size_t len;
	unsigned char signature[KEY_PROOF_MAX];
};

/* For the process that wants the proof. -1: no randomness. */
int key_proof_challenge(struct key_proof *);

/* For the process that has the key. -1: the key cannot sign. */
int key_proof_sign(struct key_proof *, EVP_PKEY *);

/* For the process that has the certificate, with the public key in it. */
bool key_proof_verify(const struct key_proof *, EVP_PKEY *);

#endif
