/*
 * trust.c - authorities over clients' certificates, and what they revoked.
 */
#include <stdbool.h>

#include <openssl/err.h>

#include "auth/crl.h"
#include "auth/path_list.h"
#include "keys/pem.h"
#include "log/log.h"
#include "auth/trust.h"

#define MAX_CAS		1024	/* of one policy */
#define MAX_CRLS	1024

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
