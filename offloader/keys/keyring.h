/*
 * keyring.h - private keys by number, wherever they live.
 *
 * A process with certificates has a ring, which reads their files, keeps the
 * keys and gives out what is public. keyring_local.h has keys in this process;
 * keyguard_client.h has keys in the keyguard.
 */
#ifndef OFFLOADER_KEYRING_H
#define OFFLOADER_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "base/err.h"
#include "base/file.h"
#include "keys/key_proof.h"
#include "keys/pem.h"
#include "keys/public_key.h"

#define KEYRING_CHAIN	32	/* certificates in one file */

/* Where a certificate and its key are said to be. */
struct key_source {
	const char *file;
	const char *key_file;	/* or URI; NULL: the key is in file, too */
	const char *passphrase_file;	/* NULL: none */
	bool insecure;		/* others may read them: allow-loose-keys */
};

/* What was found there, all of it public. */
struct key_reading {
	struct pem pem;		/* without the key */
	struct file_id key_stamp;	/* of a key file of its own */
	bool insecure;		/* others can read the key */
	struct public_key public;
	struct key_proof proof;	/* signed with it */
	/* why there is nothing, after a failure */
	enum pem_skip_reason skip_reason;
};

struct keyring;

struct keyring_ops {
	int (*read)(struct keyring *, uint32_t id, const struct key_source *,
	    struct key_reading *, struct err *);
	EVP_PKEY *(*key)(struct keyring *, uint32_t id, EVP_PKEY *public);
	void (*drop)(struct keyring *, uint32_t id);
	void (*free)(struct keyring *);
};

struct keyring {
	const struct keyring_ops *ops;
	struct key_curves curves;	/* for the owner of the ring */
};

/*
 * Reads the files, and keeps the key by this number, which is above all before.
 * -1: an error message, the skip reason is set, and nothing is kept. The caller
 * calls key_reading_clear() after success.
 */
int keyring_read(struct keyring *, uint32_t id, const struct key_source *,
    struct key_reading *, struct err *);
void key_reading_clear(struct key_reading *);

/* The same for another process, which has chosen the hash of the proof. */
int keyring_read_for(struct keyring *, uint32_t id, const struct key_source *,
    const unsigned char hash[KEY_PROOF_HASH], struct key_reading *,
    struct err *);

/*
 * The private key that belongs to this public key. NULL: no key has this
 * number, or out of memory. The caller calls EVP_PKEY_free().
 */
EVP_PKEY *keyring_key(struct keyring *, uint32_t id, EVP_PKEY *public);

/* It is not wanted any more. */
void keyring_drop(struct keyring *, uint32_t id);

void keyring_free(struct keyring *);

/* The file to blame for a key. */
const char *key_source_name(const struct key_source *);

#endif
