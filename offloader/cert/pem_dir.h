/*
 * pem_dir.h - which files of a folder are certificates.
 *
 * Decided by names alone, so that ten thousand files are not read to find out
 * that nothing has changed. These are found side by side in one folder:
 *	NAME			certificate, chain and key in one file
 *	NAME.crt NAME.key	as lego writes them; also NAME.pem NAME.key
 *	NAME/fullchain.pem NAME/privkey.pem
 *				as certbot and dehydrated write them
 */
#ifndef OFFLOADER_PEM_DIR_H
#define OFFLOADER_PEM_DIR_H

#include <stddef.h>

#include "base/err.h"

struct pem_pair {
	char *pem;
	char *key;		/* NULL: it is in pem, too */
};

struct pem_dir {
	struct pem_pair *pair;	/* sorted by name */
	size_t n;
};

/*
 * Looks through a folder; links are followed. With a glob that is not empty
 * only certificates' files with such names count. Each file that is passed
 * over is said with a log line. -1: an error message. The caller calls
 * pem_dir_clear() after success.
 */
int pem_dir_read(struct pem_dir *, const char *path, const char *glob,
    struct err *);
void pem_dir_clear(struct pem_dir *);

#endif
