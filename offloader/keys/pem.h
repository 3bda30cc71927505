/*
 * pem.h - reads PEM files of any origin into blocks of DER.
 *
 * This is all that reads such files. What is made of the blocks (cert.h) needs
 * no file any more, so that reading may be another process's job.
 */
#ifndef OFFLOADER_PEM_H
#define OFFLOADER_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "base/file.h"

#define PASSPHRASE_MAX	1024	/* bytes; PEM_BUFSIZE */

struct passphrase {
	const char *file;	/* borrowed; NULL: none */
	bool insecure;		/* others may read the file: allow-loose-keys */
	bool asked;		/* the key wanted one */
	bool failed;		/* it could not be read: why says it */
	struct err why;
};

/*
 * A pem_password_cb, for all that OpenSSL opens: the first line of the file,
 * which is read each time it is needed, and kept nowhere. Never asks the
 * terminal, where a daemon would wait for ever.
 */
int passphrase_give(char *buf, int size, int writing, void *passphrase);

/*
 * Why a key could not be opened, if it is because of the passphrase. Returns
 * whether it is.
 */
bool passphrase_blame(const struct passphrase *, const char *key,
    struct err *);

enum pem_kind {
	PEM_TEXT,		/* nothing that concerns us */
	PEM_CERT,
	PEM_TRUSTED_CERT,	/* with OpenSSL's own remarks behind it */
	PEM_KEY,		/* private, PKCS#8 */
	PEM_EC_KEY,		/* SEC1 */
	PEM_RSA_KEY,		/* PKCS#1 */
	PEM_OTHER_KEY,		/* private, of some other form */
	PEM_LOCKED_KEY		/* private and encrypted */
};

struct pem_block {
	enum pem_kind kind;
	char *name, *header;	/* how it called itself; Proc-Type and such */
	unsigned char *der;
	size_t len;
};

struct pem {
	struct pem_block *cert;	/* in the order of the file */
	size_t n;
	struct pem_block key;	/* the first private one; PEM_TEXT: none */
	struct file_id stamp;	/* of the file when it was read */
	bool insecure;		/* see file.h */
};

/*
 * Reads a regular file of sensible size to its end: at least one certificate,
 * at most max, and the key if there is one. Damage anywhere is a fault. The
 * caller calls pem_clear() after success.
 */
int pem_read(struct pem *, const char *file, int max, struct err *);

/*
 * Reads no further than to the first private key, which must be there;
 * certificates are left out.
 */
int pem_read_key(struct pem *, const char *file, struct err *);

/* Why a file that could not be read may be skipped. */
enum pem_skip_reason {
	PEM_NOT_SKIPPED,
	PEM_UNFINISHED,		/* empty, or the last END line is missing */
	PEM_FOREIGN		/* no certificate in it at all */
};

enum pem_skip_reason pem_skip_reason(const char *file);

/*
 * Decrypts a PEM_LOCKED_KEY in place. -1: the passphrase is wrong or missing,
 * or the key is damaged.
 */
int pem_unlock(struct pem_block *, struct passphrase *);

/* Leave nothing of a key behind; the first leaves the certificates. */
void pem_clear_key(struct pem *);
void pem_clear(struct pem *);

/*
 * Every certificate of a file, decoded, by the rules of pem_read(). NULL: a
 * sentence. The caller calls sk_X509_pop_free(, X509_free).
 */
STACK_OF(X509) *pem_certs(const char *file, int max, struct err *);

#endif
