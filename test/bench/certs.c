/*
 * certs.c - ten thousand certificates in a few seconds.
 *
 *	certs COUNT FOLDER
 *
 * Makes P-256 certificates of one intermediate for site0.example,
 * site1.example and so on, each with a key of its own: FOLDER/whole/site0.pem
 * holds leaf, intermediate and key; FOLDER/apart/site0.pem leaf and
 * intermediate, and FOLDER/apart/site0.pem.key the key, as certbot does it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { CHAIN = 1, KEY = 2 };		/* what goes into a file */

struct owner {
	EVP_PKEY *key;
	X509 *cert;
};

static void
must(int good, const char *what)
{
	if (!good)
		errx(1, "cannot make %s", what);
}

static void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, NULL, nid, value);

	must(e != NULL && X509_add_ext(x, e, -1) == 1, "an extension");
	X509_EXTENSION_free(e);
}

/* Signed by itself if by is NULL. */
static struct owner
make(const char *name, const struct owner *by, long serial)
{
	struct owner o = { EVP_EC_gen("P-256"), X509_new() };
	char san[256];

	must(o.key != NULL && o.cert != NULL, "a key");
	X509_set_version(o.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(o.cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(o.cert), -86400);
	X509_gmtime_adj(X509_getm_notAfter(o.cert), 90 * 86400);
	X509_set_pubkey(o.cert, o.key);
	X509_NAME_add_entry_by_NID(X509_get_subject_name(o.cert),
	    NID_commonName, MBSTRING_UTF8, (const unsigned char *)name, -1,
	    -1, 0);
	X509_set_issuer_name(o.cert, X509_get_subject_name(by != NULL ?
	    by->cert : o.cert));
	extend(o.cert, NID_basic_constraints, serial < 10 ?
	    "critical,CA:TRUE" : "critical,CA:FALSE");
	snprintf(san, sizeof san, "DNS:%s", name);
	if (serial >= 10)
		extend(o.cert, NID_subject_alt_name, san);
	must(X509_sign(o.cert, by != NULL ? by->key : o.key,
	    EVP_sha256()) > 0, "a signature");
	return o;
}

/* In PKCS#8, as certbot has it. */
static void
write_file(const char *path, const struct owner *o, X509 *issuer, int what)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		err(1, "%s", path);
	if (what & CHAIN)
		must(PEM_write_X509(f, o->cert) == 1 &&
		    PEM_write_X509(f, issuer) == 1, path);
	if (what & KEY)
		must(PEM_write_PKCS8PrivateKey(f, o->key, NULL, NULL, 0,
		    NULL, NULL) == 1, path);
	if (fclose(f) != 0)
		err(1, "%s", path);
}

int
main(int argc, char **argv)
{
	struct owner root, middle;
	char path[4096], host[64];
	long count;

	if (argc != 3 || (count = strtol(argv[1], NULL, 10)) <= 0)
		errx(64, "usage: certs COUNT FOLDER");
	umask(077);
	root = make("root", NULL, 1);
	middle = make("intermediate", &root, 2);
	for (long i = 0; i < count; i++) {
		struct owner o;

		snprintf(host, sizeof host, "site%ld.example", i);
		o = make(host, &middle, 10 + i);
		snprintf(path, sizeof path, "%s/whole/site%ld.pem", argv[2], i);
		write_file(path, &o, middle.cert, CHAIN | KEY);
		snprintf(path, sizeof path, "%s/apart/site%ld.pem", argv[2], i);
		write_file(path, &o, middle.cert, CHAIN);
		snprintf(path, sizeof path, "%s/apart/site%ld.pem.key",
		    argv[2], i);
		write_file(path, &o, middle.cert, KEY);
		EVP_PKEY_free(o.key);
		X509_free(o.cert);
	}
	return 0;
}
