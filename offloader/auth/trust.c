/*
 * trust.c - authorities over clients' certificates, and what they revoked.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>

#include "auth/crl.h"
#include "base/array.h"
#include "keys/pem.h"
#include "log/log.h"
#include "auth/trust.h"

#define MAX_CAS		1024	/* of one policy */
#define MAX_CRLS	1024

/* ------------------------------------------------- fingerprints ------- */

int
fingerprints_add(struct fingerprints *p, const void *bytes, size_t len)
{
	unsigned char (*more)[FINGERPRINT_SIZE] = array_grow(p->print, p->n,
	    sizeof *more);

	if (more == NULL)
		return -1;
	p->print = more;
	if (EVP_Digest(bytes, len, more[p->n], NULL, EVP_sha256(), NULL) != 1)
		return -1;
	p->n++;
	return 0;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, FINGERPRINT_SIZE);
}

int
fingerprints_digest(struct fingerprints *p, EVP_MD_CTX *to)
{
	uint64_t n = 0;

	if (p->n > 0)
		qsort(p->print, p->n, sizeof *p->print, by_bytes);
	for (size_t i = 0; i < p->n; i++)
		if (i == 0 || by_bytes(p->print[i - 1], p->print[i]) != 0)
			memmove(p->print[n++], p->print[i], FINGERPRINT_SIZE);
	p->n = n;
	/* The number keeps one set apart from the next. */
	return EVP_DigestUpdate(to, &n, sizeof n) == 1 &&
	    EVP_DigestUpdate(to, p->print, n * FINGERPRINT_SIZE) == 1 ? 0 : -1;
}

void
fingerprints_clear(struct fingerprints *p)
{
	free(p->print);
	*p = (struct fingerprints){ NULL, 0 };
}

/* ------------------------------------------------- files of a path ---- */

/* Backups of editors and hidden files are left out. */
static int
is_ours(const struct dirent *d)
{
	return d->d_name[0] != '.' && d->d_name[strlen(d->d_name) - 1] != '~';
}

/* If stat() fails, the file is kept: opening it reports the reason. */
static int
keep_file(struct strlist *w, const char *path, const char *name)
{
	struct stat st;
	char *full;
	int r = 0, len = asprintf(&full, "%s/%s", path, name);

	if (len < 0)
		return -1;
	if (stat(full, &st) == -1 || !S_ISDIR(st.st_mode))
		r = strlist_add(w, full, (size_t)len);
	free(full);
	return r;
}

static int
list_directory(struct strlist *w, const char *path, struct err *e)
{
	struct dirent **entry = NULL;
	int n = scandir(path, &entry, is_ours, alphasort), r = 0;

	if (n == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = keep_file(w, path, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	if (r != 0)
		return err_memory(e, path);
	return w->n > 0 ? 0 : err_set(e, "%s: no files in this directory",
	    path);
}

int
path_list(struct strlist *w, const char *path, struct err *e)
{
	struct stat st;

	*w = (struct strlist){ NULL, 0 };
	if (stat(path, &st) == -1)
		return err_set_kind(e, errno == ENOENT ? ERR_NO_FILE :
		    ERR_CONFIG, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		if (strlist_add(w, path, strlen(path)) == 0)
			return 0;
		return err_memory(e, path);
	}
	if (list_directory(w, path, e) == 0)
		return 0;
	strlist_free(w);
	return -1;
}

/* ------------------------------------------------- loaded ------------- */

static int
too_many(const char *file, const char *what, int max, struct err *e)
{
	return err_set(e, "%s: more than %d %s", file, max, what);
}

/* Takes over what i2d made; len below 0: it made nothing. */
static int
print_der(struct fingerprints *p, unsigned char *der, int len)
{
	int r = len < 0 ? -1 : fingerprints_add(p, der, (size_t)len);

	OPENSSL_free(der);
	return r;
}

static int
print_ca(struct fingerprints *p, X509 *ca)
{
	unsigned char *der = NULL;
	int len = i2d_X509(ca, &der);

	return print_der(p, der, len);
}

static int
print_crl(struct fingerprints *p, X509_CRL *crl)
{
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(crl, &der);

	return print_der(p, der, len);
}

static int
add_ca(struct trust *t, X509 *ca)
{
	if (X509_up_ref(ca) != 1)
		return -1;
	if (sk_X509_push(t->authorities, ca) <= 0) {
		X509_free(ca);
		return -1;
	}
	return X509_STORE_add_cert(t->store, ca) == 1 ?
	    print_ca(&t->ca_prints, ca) : -1;
}

static int
add_crl(struct trust *t, X509_CRL *crl)
{
	if (X509_CRL_up_ref(crl) != 1)
		return -1;
	if (sk_X509_CRL_push(t->lists, crl) <= 0) {
		X509_CRL_free(crl);
		return -1;
	}
	return X509_STORE_add_crl(t->store, crl) == 1 ?
	    print_crl(&t->crl_prints, crl) : -1;
}

static int
load_ca_file(struct trust *t, const char *file, struct err *e)
{
	STACK_OF(X509) *some = pem_certs(file, MAX_CAS, e);
	int n = sk_X509_num(some), r = 0;

	if (some == NULL)
		return -1;
	if (n + sk_X509_num(t->authorities) > MAX_CAS)
		r = too_many(file, "authorities", MAX_CAS, e);
	for (int i = 0; r == 0 && i < n; i++)
		if (add_ca(t, sk_X509_value(some, i)) != 0)
			r = err_memory(e, file);
	sk_X509_pop_free(some, X509_free);
	return r;
}

static int
load_crl_file(struct trust *t, const char *file, struct err *e)
{
	STACK_OF(X509_CRL) *some = crl_read(file, MAX_CRLS, e);
	int n = sk_X509_CRL_num(some), r = 0;

	if (some == NULL)
		return -1;
	if (n + sk_X509_CRL_num(t->lists) > MAX_CRLS)
		r = too_many(file, "revocation lists", MAX_CRLS, e);
	for (int i = 0; r == 0 && i < n; i++) {
		X509_CRL *crl = sk_X509_CRL_value(some, i);

		r = crl_judge(crl, t->authorities, file, e);
		if (r == 0 && add_crl(t, crl) != 0)
			r = err_memory(e, file);
	}
	sk_X509_CRL_pop_free(some, X509_CRL_free);
	return r;
}

static int
load_each(struct trust *t, const char *path,
    int (*load)(struct trust *, const char *, struct err *), struct err *e)
{
	struct strlist files;
	int r = 0;

	if (path_list(&files, path, e) != 0)
		return -1;
	for (size_t i = 0; r == 0 && i < files.n; i++)
		r = load(t, files.word[i], e);
	strlist_free(&files);
	ERR_clear_error();
	return r;
}

int
trust_load_authorities(struct trust *t, const char *path, struct err *e)
{
	*t = (struct trust){ .store = X509_STORE_new(),
	    .authorities = sk_X509_new_null(),
	    .lists = sk_X509_CRL_new_null() };
	if (t->store == NULL || t->authorities == NULL || t->lists == NULL)
		return err_memory(e, path);
	return load_each(t, path, load_ca_file, e);
}

int
trust_load_lists(struct trust *t, const char *path, struct err *e)
{
	return load_each(t, path, load_crl_file, e);
}

void
trust_clear(struct trust *t)
{
	X509_STORE_free(t->store);
	sk_X509_pop_free(t->authorities, X509_free);
	sk_X509_CRL_pop_free(t->lists, X509_CRL_free);
	fingerprints_clear(&t->ca_prints);
	fingerprints_clear(&t->crl_prints);
	*t = (struct trust){ 0 };
}

static bool
has_name(const STACK_OF(X509_NAME) *names, const X509_NAME *name)
{
	for (int i = 0; i < sk_X509_NAME_num(names); i++)
		if (X509_NAME_cmp(sk_X509_NAME_value(names, i), name) == 0)
			return true;
	return false;
}

STACK_OF(X509_NAME) *
trust_names(const struct trust *t)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();

	for (int i = 0; i < sk_X509_num(t->authorities); i++) {
		const X509_NAME *name = X509_get_subject_name(
		    sk_X509_value(t->authorities, i));
		X509_NAME *copy;

		if (has_name(names, name))
			continue;
		copy = X509_NAME_dup(name);
		if (copy == NULL || sk_X509_NAME_push(names, copy) <= 0) {
			X509_NAME_free(copy);
			sk_X509_NAME_pop_free(names, X509_NAME_free);
			return NULL;
		}
	}
	return names;
}

static bool
has_list(const struct trust *t, const X509 *ca)
{
	for (int i = 0; i < sk_X509_CRL_num(t->lists); i++)
		if (X509_NAME_cmp(X509_CRL_get_issuer(sk_X509_CRL_value(
		    t->lists, i)), X509_get_subject_name(ca)) == 0)
			return true;
	return false;
}

void
trust_warn(const struct trust *t, const char *path)
{
	for (int i = 0; i < sk_X509_num(t->authorities); i++) {
		const X509 *ca = sk_X509_value(t->authorities, i);
		char name[160];

		if (has_list(t, ca))
			continue;
		X509_NAME_oneline(X509_get_subject_name(ca), name,
		    sizeof name);
		log_warn("%s: no revocation list of %s: clients with its "
		    "certificates are refused, unless client-verify-crl-check "
		    "= leaf", path, name);
	}
}
