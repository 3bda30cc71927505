/*
 * cert_set.h - the certificates of one scope: a frontend's own, or the global.
 */
#ifndef OFFLOADER_CERT_SET_H
#define OFFLOADER_CERT_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cert/cert_store.h"
#include "cert/names.h"
#include "config/conf.h"

struct cert_set_entry {
	const struct cert *cert;	/* borrowed */
	const struct cert_conf *conf;	/* borrowed; NULL: from a folder */
};

/* Two certificates that have a name in common. */
struct overlap {
	const struct cert *one, *other;
};

struct cert_set {
	struct cert_set_entry *entry;	/* in the order of the options */
	size_t n;
	struct names *names;
	struct overlap *overlaps;
	size_t n_overlaps;
};

/*
 * Loads a scope's pem-file and pem-dir options. Every fault is added with the
 * place where its option stands; the set holds what could be loaded. A bad file
 * of pem-dir is no fault if that is lenient or the load is not the first: it is
 * logged, and the certificate that was loaded from it before stays. The caller
 * calls cert_set_clear(), whatever the result.
 */
struct cert_scope {
	const void *scope;	/* for conf_where(): the conf or a frontend */
	const struct certs_conf *certs;
	const char *pem_dir, *pem_dir_glob;
	bool pem_dir_lenient;
	const char *passphrase_file;	/* NULL: none */
};

int cert_set_load(struct cert_set *, struct cert_load *, const struct conf *,
    const struct cert_scope *, struct faults *);
void cert_set_clear(struct cert_set *);

#endif
