/*
 * passphrase.h - the word that opens a private key, out of a file.
 */
#ifndef OFFLOADER_PASSPHRASE_H
#define OFFLOADER_PASSPHRASE_H

#include <stdbool.h>

#include "base/err.h"

#define PASSPHRASE_MAX	1024	/* bytes; PEM_BUFSIZE */

struct passphrase {
	const char *file;	/* borrowed; NULL: none */
	bool loose;		/* others may read the file: allow-loose-keys */
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

#endif
