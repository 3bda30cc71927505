/*
 * cert_fit.h - whether a private key is a certificate's.
 */
#ifndef OFFLOADER_CERT_FIT_H
#define OFFLOADER_CERT_FIT_H

#include <stdbool.h>

#include "cert/cert_facts.h"
#include "keys/key_proof.h"
#include "keys/public_key.h"

/* At a glance: a point may be written in another way, for example. */
bool cert_looks_like(const struct cert_facts *, const struct public_key *);

/*
 * True if the certificate with this DER verifies a proof that was signed with
 * the key.
 */
bool cert_is_proven(const struct cert_facts *, const unsigned char *der,
    const struct key_proof *, struct key_curves *);

#endif
